#!/usr/bin/env bash
# sort writes the canonical form of files without a store.
# shellcheck source=tests/cli/common.bash
. "$(dirname "$0")/common.bash"

cat > a.nt << 'END'
# a comment
<http://ex.org/b>  <http://ex.org/p>	"2"^^<http://www.w3.org/2001/XMLSchema#string> .
<http://ex.org/a> <http://ex.org/p> "\u00e9"@EN.
END
printf '<http://ex.org/a> <http://ex.org/p> "0" <http://ex.org/g> .\r\n_:x <http://ex.org/p> <http://ex.org/b> .' > b.nq
cat > want << 'END'
<http://ex.org/a> <http://ex.org/p> "0" <http://ex.org/g> .
<http://ex.org/a> <http://ex.org/p> "é"@en .
<http://ex.org/b> <http://ex.org/p> "2" .
_:x <http://ex.org/p> <http://ex.org/b> .
END
"$triplefs" sort a.nt b.nq a.nt | cmp - want
"$triplefs" sort b.nq - < a.nt | cmp - want
"$triplefs" sort < want | cmp - want
"$triplefs" sort < /dev/null | cmp - /dev/null

# Onto its own input, and more than fits in memory.
"$triplefs" sort -o a.nt a.nt b.nq
cmp a.nt want
awk 'BEGIN { for (i = 0; i < 100000; i++) printf "<http://ex.org/%06d> <http://ex.org/p> \"%d\" .\n", i * 7919 % 60000, i % 3 }' > big.nt
mkdir temporary
"$triplefs" sort --memory 1M -T temporary big.nt > sorted
LC_ALL=C sort -u big.nt | cmp - sorted
[ -z "$(ls temporary)" ] || fail "temporary files are left"

# As a store has it.
"$triplefs" init s
"$triplefs" import -q s main big.nt
"$triplefs" export s main big.nt | cmp - sorted

# What is refused changes nothing.
printf '<http://ex.org/a> <http://ex.org/p> "0" .\n<http://ex.org/a> oops\n' > bad.nt
status=0
"$triplefs" sort -o want big.nt bad.nt 2> output || status=$?
[ "$status" = 1 ] && grep -q '^triplefs: bad.nt: line 2, column 19: ' output || fail "no place was told"
[ "$(wc -l < want)" = 4 ] || fail "the output was touched"
refuses 1 'cannot read none.nt' sort none.nt
refuses 1 'cannot read .: Is a directory' sort .
refuses 1 'cannot write none/x' sort -o none/x big.nt
refuses 2 'at least 1M' sort --memory 5 big.nt
set +o pipefail
"$triplefs" sort big.nt 2> output | head -n 1 > /dev/null
set -o pipefail
[ ! -s output ] || fail "a closed pipe is no error to tell"
status=0
"$triplefs" sort big.nt > /dev/full 2> output || status=$?
[ "$status" = 1 ] && grep -q 'No space left' output || fail "a full disk was not told"
