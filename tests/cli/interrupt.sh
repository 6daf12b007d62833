#!/usr/bin/env bash
# An import that is interrupted, at any moment, leaves the file in progress as it was.
# shellcheck source=tests/cli/common.bash
. "$(dirname "$0")/common.bash"
seed=${TRIPLEFS_SEED:-$RANDOM}
echo "TRIPLEFS_SEED=$seed"
RANDOM=$seed

"$triplefs" init s
awk 'BEGIN { srand(1); for (i = 0; i < 400000; i++) printf "<http://ex.org/%d> <http://ex.org/p> \"%d\" .\n", rand() * 1e9, i }' > big.nt
sort -u big.nt > whole
echo '<a:b> <c:d> "old" .' > old.nt
"$triplefs" import -q --as there.nt s main old.nt

# A reader that waits for more is interrupted too.
mkfifo pipe
exec 4<> pipe
timeout -s INT 1 "$triplefs" import -q --as piped.nt s main - < pipe && fail "went on"
exec 4>&-
refuses 1 "cannot export 'piped.nt'" export s main piped.nt

for round in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
  signal=$([ $((RANDOM % 4)) = 0 ] && echo KILL || echo INT)
  status=0
  timeout -s "$signal" "0.$(printf %03d $((RANDOM % 400)))" \
    "$triplefs" import -q --memory 64M --as there.nt s main big.nt 2> output || status=$?
  if [ "$signal" = INT ]; then
    timeout -s INT "0.$(printf %03d $((RANDOM % 400)))" \
      "$triplefs" import -q --memory 64M --as new.nt s main big.nt 2> output || true
  fi
  flock s/lock true # a process that was killed takes a moment to be gone
  "$triplefs" check s > report || { cat report; fail "round $round: the store is damaged"; }
  "$triplefs" export s main there.nt > got
  cmp -s got old.nt || cmp -s got whole || fail "round $round ($signal): neither the old nor the new text"
  if [ "$signal" = INT ] && "$triplefs" export s main new.nt > got 2> /dev/null; then
    cmp -s got whole || fail "round $round: half a file"
    rm -rf s && "$triplefs" init s
    "$triplefs" import -q --as there.nt s main old.nt
  fi
done
"$triplefs" import -q --as there.nt s main old.nt
"$triplefs" export s main there.nt | cmp - old.nt
[ -z "$(ls s/spool)" ] || fail "temporary files are left"
