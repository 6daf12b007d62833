#!/usr/bin/env bash
# import brings files in, each whole or not at all.
# shellcheck source=tests/cli/common.bash
. "$(dirname "$0")/common.bash"

"$triplefs" init s
cat > people.nt << 'END'
# in any form
<http://ex.org/b>  <http://ex.org/p> "two"^^<http://www.w3.org/2001/XMLSchema#string>.
<http://ex.org/a> <http://ex.org/p> "one" .
<http://ex.org/a> <http://ex.org/p> "\u006Fne" .
END
printf 'a\0b' > plain.bin
"$triplefs" import s main people.nt plain.bin > out
grep -qE '^imported 2 files into branch main: 2 triples, .* s, .* triples/s$' out || fail "no summary"
printf '<http://ex.org/a> <http://ex.org/p> "one" .\n<http://ex.org/b> <http://ex.org/p> "two" .\n' > want
"$triplefs" export s main people.nt | cmp - want
"$triplefs" export s main plain.bin | cmp - plain.bin

# Appended, replaced, from standard input, under another name.
echo '<http://ex.org/c> <http://ex.org/p> "three" .' > more.nt
"$triplefs" import --append --as people.nt s main more.nt | grep -q '+1 triples'
[ "$("$triplefs" export s main people.nt | wc -l)" = 3 ] || fail "append is not a union"
"$triplefs" import -q --as people.nt s main - < people.nt
"$triplefs" export s main people.nt | cmp - want
"$triplefs" import -q --as deep/er/graph.nq s main - <<< '<a:a> <a:b> <a:c> <a:g> .'
"$triplefs" export s main deep/er/graph.nq | grep -qx '<a:a> <a:b> <a:c> <a:g> .'

# Refused text: where and why, with a caret; the branch keeps what it had, the other files come in.
printf '<a:a> <a:b> <a:c> .\n<a:a> <a:b> oops .\n' > bad.nt
cp bad.nt people.nt
status=0
"$triplefs" import -q s main bad.nt people.nt more.nt 2> output || status=$?
[ "$status" = 1 ] || fail "status $status for bad text"
grep -qE '^bad.nt: line 2, column 13: ' output || fail "no place"
grep -qx '            ^' output || fail "no caret"
"$triplefs" export s main people.nt | cmp - want
refuses 1 "cannot export 'bad.nt'" export s main bad.nt
"$triplefs" export s main more.nt | cmp - more.nt
for cut in '<a:a> <a:b> "no end' '<a:a> <a:b> "no dot"' $'<a:a> <a:b> "\xff" .' '<a:a> <a:b> .'; do
  status=0
  printf '%s' "$cut" | "$triplefs" import -q --as people.nt s main - 2> output || status=$?
  [ "$status" = 1 ] || fail "status $status for: $cut"
  grep -q '^standard input: line 1, column ' output || fail "no place for: $cut"
done
"$triplefs" export s main people.nt | cmp - want
head -c 3000000 /dev/zero > nul.nt
status=0
"$triplefs" import -q s main nul.nt 2> output || status=$?
[ "$status" = 1 ] && grep -q 'nul.nt: line 1, column 1: ' output || fail "NULs were not refused"

# Folders, links, and what cannot be in a store.
mkdir -p tree/sub
echo '<a:x> <a:y> <a:z> .' > tree/sub/x.nt
echo text > tree/notes.md
chmod 640 tree/notes.md
ln -s notes.md tree/link
"$triplefs" import -rq s main tree
"$triplefs" export -q -o got s main tree
diff -r tree got/tree
[ "$(readlink got/tree/link)" = notes.md ] || fail "the link is lost"
[ "$(stat -c %a got/tree/notes.md)" = 640 ] || fail "the mode is lost"
mkfifo tree/fifo
status=0
"$triplefs" import -rq s main tree/. 2> output || status=$?
[ "$status" = 1 ] && grep -q 'tree/./fifo was left out' output || fail "a FIFO was not refused"
"$triplefs" export s main sub/x.nt | cmp - tree/sub/x.nt
refuses 1 'give -r' import s main tree
refuses 1 'missing.nt was left out: No such file' import s main missing.nt

# Branches.
refuses 1 "there is no branch 'other' in the store, which has 'main'; --create makes it" import s other more.nt
"$triplefs" import -q --create --as new.nt s other more.nt
"$triplefs" export s other people.nt | cmp - want
refuses 1 "cannot export 'new.nt'" export s main new.nt
refuses 1 'branch a:b' import --create s a:b more.nt

# The call.
refuses 2 'no store given' import
refuses 2 'no branch given for store s' import s
refuses 2 'no file given' import s main
refuses 2 'standard input has no name' import s main -
refuses 2 '\-\-as is for one file' import --as x.nt s main people.nt more.nt
refuses 2 "cannot have '.' or '..'" import --as ../x.nt s main more.nt
refuses 2 'control directory' import --as .branch/x.nt s main more.nt
refuses 2 'at least 64M' import --memory 3 s main more.nt
refuses 2 "option '--memory' needs a value" import --memory

# The bar is drawn where it is asked for and nowhere else.
"$triplefs" import -q s main more.nt 2> output
[ ! -s output ] || fail "something was drawn into a file"

"$triplefs" check s | grep -q 'no problem found'
