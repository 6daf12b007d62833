#!/usr/bin/env bash
# match, count and rewrite: how they are called, and what they say to a wrong call.
# shellcheck source=tests/cli/common.bash
. "$(dirname "$0")/common.bash"

refuses 1 'not in a mounted store|is not mounted' match '? ? ?'
"$triplefs" init s
mkdir kg
mount_store s kg
cd kg
echo '<http://example.org/a> <http://example.org/p> "1" .' > main/a.nt

refuses 1 'is the root of the mount' match '? ? ?'
refuses 1 "there is no branch 'none'" count --branch none
[ "$("$triplefs" count --branch main)" = 1 ] || fail "--branch"
cd main

refuses 2 'no pattern given' match
refuses 2 "one PATH at most, not 'http'" match '?' a.nt http
refuses 2 "quote it" match '?s' '?p' '?o'
refuses 2 "--limit takes a number from 1 on, not '0'" match -m 0 '? ? ?'
refuses 2 "--limit takes a number from 1 on, not 'x'" match --limit=x '? ? ?'
refuses 2 "--limit takes a number from 1 on" match -m 99999999999999999999 '? ? ?'
refuses 2 'limit' match '? ? ?' --limit
refuses 2 'colour' match --colour '? ? ?'
refuses 2 "--by takes subject, predicate, .* not 'colour'" count --by colour
refuses 2 "--top takes a number from 1 on, not '-1'" count --top=-1
refuses 2 "--limit takes a number from 1 on" count -m 1234567890123456789
refuses 2 "one PATH at most, not 'c'" count a b c
refuses 2 'give what IRIs begin with' rewrite
refuses 2 'give what IRIs begin with' rewrite foaf:
refuses 2 "one PATH at most, not 'd'" rewrite a b c d
refuses 2 'force' rewrite --force a b
refuses 1 'is not in' match '? ? ?' /etc/passwd
refuses 1 'is not in' rewrite foaf: schema: /etc/passwd
refuses 1 "there is no 'none.nt' in the branch" rewrite foaf: schema: none.nt
refuses 1 'a path with a line end in it' match '? ? ?' $'a\nb.nt'
refuses 1 'a path with a line end in it' rewrite foaf: schema: $'a\nb.nt'
refuses 1 'column 1' count '"'

for command in match count rewrite; do
  "$triplefs" "$command" --help > "$work/output"
  grep -q "^usage: triplefs $command " "$work/output" || fail "$command --help"
done
# Groups have other names, too.
[ "$("$triplefs" count --by properties)" = "1	<http://example.org/p>" ] || fail "--by properties"
# Several limits: the last one counts.
[ "$("$triplefs" match -m 5 -m 1 '? ? ?' | wc -l)" = 2 ] || fail "-m 5 -m 1"
# Whoever reads may have seen enough.
seq 100000 | sed 's,.*,<http://example.org/&> <http://example.org/p> "&" .,' > big.nt
{ "$triplefs" match '? ? ?' || true; } | head -n 1 > "$work/output"
[ "$(cat "$work/output")" = '# a.nt' ] || fail "head"
status=0
"$triplefs" match '? ? ?' > /dev/full 2> "$work/output" || status=$?
[ "$status" = 1 ] && grep -q 'No space left' "$work/output" || fail "/dev/full: $(cat "$work/output")"
