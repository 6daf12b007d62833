#!/usr/bin/env bash
# Commands about a mounted store find it, and the branch, from the working directory, -C or --branch;
# elsewhere they say what to do.
# shellcheck source=tests/cli/common.bash
. "$(dirname "$0")/common.bash"

"$triplefs" init s
mkdir kg
refuses 1 'is not in a mounted store; (mount one|go to one)' status
cd s
refuses 1 "store $work/s is not mounted; mount it: triplefs mount $work/s MOUNTPOINT" status
cd db
refuses 1 "store $work/s is not mounted" status
cd "$work"
mount_store s kg
cd s
refuses 1 "is the store itself; it is mounted at $work/kg" status
cd "$work"
refuses 1 "is not in a mounted store; go to one, such as .*, or say -C DIR" status

mkdir kg/side kg/main/geo "kg/two words"
echo '<a:s> <a:p> <a:o> .' > kg/main/geo/a.nt

branch_of() {
  "$triplefs" "$@" status --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["branch"])'
}
is_branch() {
  local wanted=$1
  shift
  [ "$(branch_of "$@")" = "$wanted" ] || fail "$* : not branch $wanted"
}
is_branch main -C kg/main
is_branch main -C kg -C main/geo
is_branch main -C kg/main/.branch
is_branch side -C kg/side
is_branch 'two words' -C 'kg/two words'
(cd kg/main/geo && is_branch main)
for arguments in '-C kg/main' '-C kg --branch main' '-C kg/side --branch main' '--branch=main -C kg/.store'; do
  # shellcheck disable=SC2086
  "$triplefs" status $arguments -s > "$work/output"
  grep -q 'geo/a.nt' "$work/output" || fail "status $arguments"
done
[ "$("$triplefs" status --branch 'two words' -C kg -s)" = clean ] || fail "another branch"

cd kg
refuses 1 'is the root of the mount; go to a branch, or say --branch NAME' status
refuses 1 "there is no branch 'none'" status --branch none
refuses 1 "there is no branch '../s'" status --branch ../s
refuses 1 "there is no branch '.store'" status --branch .store
refuses 1 "there is no branch ''" status --branch ''
refuses 1 'cannot go to none: No such file' status -C none
refuses 1 'cannot go to none: No such file' -C none status
refuses 2 "option '-C' needs a value" -C
refuses 2 "option '-C' needs a value" status -C
refuses 2 "option '--branch' needs a value" status --branch
refuses 2 "no command given" -C .
cd main
for command in status commit log show diff patch branch merge conflicts at reset revert restore tag \
  reflog gc events; do
  refuses 2 "unknown option '--bogus'" "$command" --bogus
  "$triplefs" "$command" --help | head -n 1 | grep -q "^usage: triplefs $command" ||
    fail "$command has no help"
done
for command in merge at reset revert patch; do
  refuses 2 "no(thing to merge| REF| file) given" "$command"
done
for command in status commit log show conflicts at reset revert patch gc events reflog; do
  [ "$command" = log ] || [ "$command" = show ] || [ "$command" = at ] || [ "$command" = reset ] ||
    [ "$command" = revert ] || [ "$command" = patch ] || {
    refuses 2 "unexpected 'a'" "$command" a
    continue
  }
  refuses 2 "one (REF|file) at a time, not 'b' too" "$command" a b
done
refuses 2 'takes auto, always or never' log --color=green
refuses 2 "takes a number, not 'x'" log -n x
refuses 2 'stand alone' merge --continue --abort
refuses 2 'stand alone' merge --continue side
refuses 2 'with -m or with -F' commit -m a -F b

# A mount whose process is gone.
cd "$work"
mkdir other
"$triplefs" init s2
"$triplefs" mount -f s2 other &
daemon=$!
for _ in $(seq 200); do
  ! mountpoint -q other || break
  sleep 0.05
done
stat other/main > /dev/null
mounts+=("$work/other")
exec 7< other/main
kill -KILL "$daemon"
wait "$daemon" 2> /dev/null || true
(cd other/main 2> /dev/null && "$triplefs" status) 2> "$work/output" || true
exec 7<&-
"$triplefs" umount other
