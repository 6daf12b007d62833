#!/usr/bin/env bash
# init makes a store of a new or an empty directory, and of nothing else.
# shellcheck source=tests/cli/common.bash
. "$(dirname "$0")/common.bash"

"$triplefs" init new
[ "$(head -n 1 new/triplefs)" = 'triplefs store' ] || fail "no marker"
[ "$(stat -c %a new/db)" = 700 ] || fail "others can read the data beside the files' modes"
"$triplefs" check new | grep -q 'no problem found'

mkdir empty
"$triplefs" init empty
"$triplefs" init "$work/with blank"
"$triplefs" check "with blank" > /dev/null

refuses 1 'is a triplefs store already' init new
mkdir full && echo mine > full/notes
refuses 1 'is not empty and not a triplefs store \(it holds .notes.\)' init full
[ "$(ls full)" = notes ] || fail "init touched a foreign directory"
refuses 1 'is a file' init full/notes
refuses 1 'does not exist' init none/new
[ ! -e none ] || fail "init made a parent"
refuses 2 'no directory' init
refuses 2 "not 'b' too" init a b
refuses 2 "unknown option '--fast'" init --fast a

# Cut off anywhere, it leaves what the next init finishes and everybody else refuses.
for round in 1 2 3 4 5 6 7 8 9 10 11 12; do
  "$triplefs" init cut > /dev/null 2>&1 &
  pid=$!
  sleep "0.0$((RANDOM % 50 + 10))"
  kill -KILL "$pid" 2> /dev/null || true
  wait "$pid" 2> /dev/null || true
  if [ -e cut ] && [ ! -e cut/triplefs ] && [ -e cut/triplefs.new ]; then
    refuses 1 'was cut off; finish it with: triplefs init' check cut
  fi
  [ -e cut/triplefs ] || "$triplefs" init cut || fail "round $round: init cannot finish it"
  "$triplefs" check cut > /dev/null || fail "round $round: not whole"
  rm -rf cut
done
