#!/usr/bin/env bash
# triplefs branch and restore: as with git, on directories of the mount.
# shellcheck source=tests/cli/common.bash
. "$(dirname "$0")/common.bash"

"$triplefs" init s
mkdir kg
mount_store s kg
cd kg
echo '<a:s> <a:p> "1" .' > main/a.nt

says() {
  local wanted=$1 seen
  shift
  seen=$("$triplefs" "$@" 2>&1) || fail "triplefs $* failed: $seen"
  [ "$seen" = "$wanted" ] || fail "triplefs $*: says '$seen' instead of '$wanted'"
}
says '  main' branch
says '* main' -C main branch
says "$work/kg/cleanup" branch cleanup
[ -e cleanup/a.nt ] || fail "it is not forked from the default branch"
echo '<a:s> <a:p> "2" .' >> cleanup/a.nt
says "$work/kg/deep" -C cleanup branch deep
[ "$(wc -l < deep/a.nt)" = 2 ] || fail "it is not forked from the branch of the working directory"
says '' -C cleanup branch -q again
says "$work/kg/of main" -C cleanup branch 'of main' main
[ "$(wc -l < 'of main/a.nt')" = 1 ] || fail "it is not forked from the REF"
says "  again
* cleanup
  deep
  main
  of main" -C cleanup branch
"$triplefs" -C cleanup branch -v | grep -q '^\* cleanup .* 2 triples' || fail "no details"
"$triplefs" branch --json | python3 -c '
import json, sys
branches = {b["name"]: b for b in json.load(sys.stdin)}
assert sorted(branches) == ["again", "cleanup", "deep", "main", "of main"], branches
assert branches["main"]["default"] and not branches["deep"]["default"]
assert branches["deep"]["triples"] == 2 and branches["deep"]["forked_from"] == "cleanup"
assert branches["main"]["head"] is None or len(branches["main"]["head"]) == 64'
refuses 1 "there is a branch 'deep' already" branch deep
refuses 1 "'a/b' cannot be the name of a branch" branch a/b
refuses 1 "'' cannot be the name of a branch" branch ''
refuses 1 'branch: .*name' branch 'a~b'
refuses 1 "there is no 'none': a REF is" branch new none
[ ! -e new ] || fail "it was made all the same"
refuses 2 "unexpected 'c'" branch a b c
refuses 2 'no branch given' branch -d
refuses 2 'no branch given' branch -m

says '' -C deep branch -m shallow
says '' branch -m shallow 'to go'
[ -e 'to go/a.nt' ] && [ ! -e deep ] || fail "not renamed"
refuses 1 "there is a branch 'main' already" branch -m 'to go' main
refuses 1 "there is no branch 'deep'" branch -m deep x

echo '<a:s> <a:p> "3" .' >> 'to go/a.nt'
refuses 1 'has changes that no other branch has: .*; to delete it all the same: triplefs branch -D' branch -d 'to go'
says '' branch -d again
[ ! -e again ] || fail "not deleted"
refuses 1 "there is no branch 'again'" branch -d again
refuses 1 'main' branch -d main
says "deleted to go; to bring it back: triplefs restore to go" branch -D 'to go'
"$triplefs" restore | grep -q '^to go	' || fail "it is not listed"
"$triplefs" restore --json | grep -q '"name": "to go"' || fail "it is not listed as JSON"
says '' restore 'to go'
[ "$(wc -l < 'to go/a.nt')" = 3 ] || fail "not brought back"
refuses 1 . restore 'never was'

says main branch --default
says '' branch --default cleanup
says cleanup branch --default
mkdir by-mkdir
[ "$(wc -l < by-mkdir/a.nt)" = 2 ] || fail "the default branch was not forked"
refuses 1 . branch --default none

"$triplefs" reflog > "$work/output"
head -n 1 "$work/output" | grep -q ' create by-mkdir' || fail "the newest is not first"
[ "$("$triplefs" reflog -n 2 | wc -l)" = 2 ] || fail "not limited"
"$triplefs" reflog -n 2 --json | python3 -c '
import json, sys
entries = json.load(sys.stdin)
assert entries[0]["action"] == "create" and "by-mkdir" in entries[0]["what"], entries'
