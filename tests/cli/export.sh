#!/usr/bin/env bash
# export writes what is in a branch, and ends quietly when nobody reads on.
# shellcheck source=tests/cli/common.bash
. "$(dirname "$0")/common.bash"

"$triplefs" init s
mkdir -p tree/sub
awk 'BEGIN { for (i = 0; i < 200000; i++) printf "<http://ex.org/%06d> <http://ex.org/p> \"%d\" .\n", i, i }' > tree/big.nt
echo '<a:x> <a:y> <a:z> .' > tree/sub/x.nt
truncate -s 5M tree/sparse && printf end >> tree/sparse
: > tree/empty.nt
ln -s sub/x.nt tree/link
"$triplefs" import -rq s main tree/.

"$triplefs" export s main big.nt | cmp - tree/big.nt
cat tree/sub/x.nt tree/big.nt > want
"$triplefs" export s main sub/x.nt /big.nt | cmp - want
"$triplefs" export -o whole s main 2> output
grep -qE '^exported 5 files of branch main into whole: 200,001 triples' output || fail "no summary"
diff -r tree whole
[ -L whole/link ] || fail "the link is no link"
[ "$(stat -c %b whole/sparse)" -lt 1000 ] || fail "the holes are filled"

# Into a file, whole or not at all; into a directory.
echo old > one.nt
"$triplefs" export -q -o one.nt s main sub/x.nt
cmp one.nt tree/sub/x.nt
"$triplefs" export -q -o whole s main sub/x.nt
cmp whole/x.nt tree/sub/x.nt
"$triplefs" export -q -o /dev/null s main big.nt
[ -c /dev/null ] || fail "a device was replaced"
[ "$(find . -name '.triplefs-export-*' | wc -l)" = 0 ] || fail "a temporary file is left"

# Nobody reads on.
set +o pipefail
"$triplefs" export s main big.nt 2> output | head -n 1 > /dev/null
set -o pipefail
[ ! -s output ] || fail "a closed pipe is no error to tell"
status=0
"$triplefs" export s main big.nt > /dev/full 2> output || status=$?
[ "$status" = 1 ] && grep -q 'No space left' output || fail "a full disk was not told"

refuses 1 'whole is not empty' export -o whole s main
refuses 1 "cannot export 'none.nt' of branch main" export s main none.nt
refuses 1 "'sub' is a folder; give -o DIR" export s main sub
refuses 1 "there is no branch 'x'" export s x big.nt
refuses 2 'needs a directory to go to' export s main
refuses 1 'cannot create none/dir/x' export -o none/dir/x s main sub/x.nt
