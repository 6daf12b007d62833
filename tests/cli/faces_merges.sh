#!/usr/bin/env bash
# merge, conflicts, revert: a merge says what it did; with conflicts it waits, says what to do next,
# and goes on or is forgotten.
# shellcheck source=tests/cli/common.bash
. "$(dirname "$0")/common.bash"

"$triplefs" init s
mkdir kg
mount_store s kg
cd kg/main
name() { # WHO NAME
  echo "<http://example.org/$1> <http://xmlns.com/foaf/0.1/name> \"$2\" ."
}
json() { # STATUS EXPRESSION ARGUMENT...: of what the command prints, as `it`
  local wanted=$1 expression=$2 status=0
  shift 2
  "$triplefs" "$@" --json > "$work/output" 2> "$work/said" || status=$?
  [ "$status" = "$wanted" ] || fail "triplefs $*: status $status: $(cat "$work/said")"
  python3 -c 'import json, sys
it = json.load(open(sys.argv[1]))
assert eval("(" + sys.argv[2] + ")"), it' "$work/output" "$expression" || fail "triplefs $* --json: not $expression"
}

{ name a Anna; name b Bob; name c Carl; } > people.nt
"$triplefs" commit -q -m First
[ "$("$triplefs" conflicts)" = 'no conflicts' ] || fail "conflicts without a merge"
json 0 'it == []' conflicts
refuses 1 'no merge waits' merge --continue
refuses 1 'no merge waits' merge --abort
refuses 1 "none" merge none
refuses 1 "policy" merge --policy best main
refuses 1 "engine" merge --engine steam main

# Without a conflict.
"$triplefs" branch -q cleanup
(cd ../cleanup && sed -i 's/Bob/Robert/' people.nt && "$triplefs" commit -q -m 'Full names')
name d Dora >> people.nt
"$triplefs" commit -q -m Dora
json 0 'it["added"] == 1 and it["removed"] == 1' merge --dry-run cleanup
[ "$("$triplefs" log --oneline | wc -l)" = 2 ] || fail "a dry run did something"
"$triplefs" merge cleanup > "$work/output"
grep -q '^merged cleanup into main: 1 path, +1 -1$' "$work/output" || fail "the report: $(cat "$work/output")"
[ "$(cat people.nt)" = "$(name a Anna; name b Robert; name c Carl; name d Dora)" ] || fail "merged"
json 0 'len(it["parents"]) == 2' show
"$triplefs" merge cleanup > "$work/output" || fail "merging again: $(cat "$work/output")"
grep -q '^main has all of cleanup already$' "$work/output" || fail "merging again: $(cat "$work/output")"

# With one: it waits.
(cd ../cleanup && sed -i 's/Carl/Charles/' people.nt && "$triplefs" commit -q -m Charles)
sed -i 's/Carl/Karl/' people.nt
"$triplefs" commit -q -m Karl
json 1 'it["conflicts"] == 1 and any("people.nt" in c for c in it["unresolved"])' merge -n cleanup
[ "$("$triplefs" conflicts)" = 'no conflicts' ] || fail "a dry run waits"
status=0
"$triplefs" merge cleanup > "$work/output" 2> "$work/said" || status=$?
[ "$status" = 1 ] || fail "a merge with a conflict has status $status"
grep -qE '^triplefs: merge: .*1 conflict' "$work/said" || fail "it says: $(cat "$work/said")"
grep -q 'triplefs merge --continue' "$work/output" || fail "it does not say what to do"
grep -q Karl people.nt && ! grep -q Charles people.nt || fail "the branch was changed"
"$triplefs" status | grep -q 'A merge waits' || fail "status does not tell"
json 0 'it["merge_waits"]' status
"$triplefs" conflicts > "$work/output"
grep -q '^unresolved *people.nt$' "$work/output" || fail "conflicts: $(cat "$work/output")"
json 0 'it[0]["path"] == "people.nt" and not it[0]["result"] and it[0]["files"] and it[0]["reasons"]' conflicts
refuses 1 . merge --continue
refuses 1 . merge cleanup

# Forgotten.
"$triplefs" merge --abort > "$work/output"
grep -q Karl people.nt && [ "$("$triplefs" conflicts)" = 'no conflicts' ] || fail "not forgotten"

# Resolved with ordinary tools.
! "$triplefs" merge cleanup > /dev/null 2>&1 || fail "there was a conflict"
[ "$(cat .branch/conflicts/people.nt/base.nt)" = "$(name c Carl)" ] || fail "base"
cp .branch/conflicts/people.nt/theirs.nt .branch/conflicts/people.nt/result.nt
"$triplefs" conflicts | grep -q '^result written *people.nt$' || fail "not seen as resolved"
"$triplefs" merge --continue > "$work/output" || fail "continue"
grep -q Charles people.nt && ! grep -q Karl people.nt || fail "not resolved: $(cat people.nt)"
json 0 'len(it["parents"]) == 2' show
[ "$("$triplefs" conflicts)" = 'no conflicts' ] || fail "it waits still"

# By a policy.
(cd ../cleanup && "$triplefs" merge -q main 2> /dev/null || "$triplefs" merge main > /dev/null)
sed -i 's/Anna/Ann/' people.nt
sed -i 's/Anna/Annette/' ../cleanup/people.nt
"$triplefs" merge --policy=theirs cleanup > "$work/output" || fail "policy"
grep -q Annette people.nt && ! grep -q '"Ann"' people.nt || fail "theirs: $(cat people.nt)"

# Revert, without and with a conflict.
name e Eve >> people.nt
"$triplefs" commit -q -m Eve
sed -i 's/Dora/Dorothea/' people.nt
"$triplefs" commit -q -m Dorothea
"$triplefs" revert head~1 > "$work/output" || fail "revert: $(cat "$work/output")"
! grep -q Eve people.nt && grep -q Dorothea people.nt || fail "reverted: $(cat people.nt)"
sed -i 's/Dorothea/Doris/' people.nt
"$triplefs" commit -q -m Doris
status=0
"$triplefs" revert head~2 > "$work/output" 2> "$work/said" || status=$?
[ "$status" = 1 ] || fail "a revert with a conflict has status $status: $(cat people.nt)"
"$triplefs" conflicts | grep -q '^unresolved *people.nt$' || fail "it does not wait"
"$triplefs" merge --abort > /dev/null
