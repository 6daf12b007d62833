#!/usr/bin/env bash
# A branch as one N-Quads text: each file is a graph.
# shellcheck source=tests/cli/common.bash
. "$(dirname "$0")/common.bash"

"$triplefs" init s
mkdir -p tree/geo
echo '<a:x> <a:y> "_:no <label> \"_:no\"" .' > tree/z.nt
printf '_:a <a:y> _:b .\n<a:x> <a:y> <a:_:no> .\n' > tree/geo/a.nt
printf '_:a <a:y> "1"^^<a:t> .\n' > "tree/geo/ü b.nt"
echo 'not a triple' > tree/notes.md
ln -s z.nt tree/link.nt
"$triplefs" import -rq s main tree/.

# One file: its labels stay.
printf '_:a <a:y> _:b <file:///geo/a.nt> .\n<a:x> <a:y> <a:_:no> <file:///geo/a.nt> .\n' | sort > want
"$triplefs" export --format nquads s main geo/a.nt | cmp - want
# Several: '_:a' of two files is two nodes.
"$triplefs" export --format nquads -o all.nq s main 2> output
grep -q '^exported 3 files of branch main into all.nq: 4 triples' output || fail "no summary"
sort -c all.nq
[ "$(wc -l < all.nq)" = 4 ] || fail "not all"
grep -qxF '<a:x> <a:y> "_:no <label> \"_:no\"" <file:///z.nt> .' all.nq || fail "a literal changed"
grep -qxF '<a:x> <a:y> <a:_:no> <file:///geo/a.nt> .' all.nq || fail "an IRI changed"
grep -qE '^_:[0-9a-f]{16}\.a <a:y> _:[0-9a-f]{16}\.b <file:///geo/a.nt> \.$' all.nq || fail "no marks"
grep -qE '^_:[0-9a-f]{16}\.a <a:y> "1"\^\^<a:t> <file:///geo/%C3%BC%20b.nt> \.$' all.nq || fail "no path"
[ "$(grep -oE '^_:[0-9a-f]{16}\.a' all.nq | sort -u | wc -l)" = 2 ] || fail "two nodes became one"
"$triplefs" sort all.nq | cmp - all.nq
"$triplefs" export -q --format nquads -o all.nq.gz s main
gzip -dc all.nq.gz | cmp - all.nq
"$triplefs" import -q s main all.nq.gz
"$triplefs" export s main all.nq | cmp - all.nq

# Graphs of their own.
refuses 1 'all.nq has statements in a graph of their own, such as <file:///.*--keep-graphs' export --format nquads s main
"$triplefs" export --format nquads --keep-graphs s main all.nq | cmp - all.nq
printf '<a:a> <a:b> <a:c> .\n<a:a> <a:b> <a:c> _:g .\n' > mixed.nq
"$triplefs" import -q s main mixed.nq
"$triplefs" export --format nquads --keep-graphs s main mixed.nq > out
printf '<a:a> <a:b> <a:c> <file:///mixed.nq> .\n<a:a> <a:b> <a:c> _:g .\n' | cmp - out
refuses 2 'keep-graphs is for --format nquads' export --keep-graphs s main mixed.nq
refuses 1 "cannot export 'none'" export --format nquads s main none
"$triplefs" init empty
[ -z "$("$triplefs" export --format nquads empty main)" ] || fail "something of nothing"
status=0
"$triplefs" export --format nquads s main geo > /dev/full 2> output || status=$?
[ "$status" = 1 ] && grep -q 'No space left' output || fail "a full disk was not told"
