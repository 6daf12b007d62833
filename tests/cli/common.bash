# What the tests of the command line share. Sourced; $1 is the program.
# shellcheck shell=bash
set -euo pipefail
export LC_ALL=C
triplefs=$(realpath "$1")
work=$(mktemp -d)
mounts=()

finish() {
  local status=$? point
  trap - EXIT
  cd /
  # shellcheck disable=SC2046
  kill $(jobs -p) 2> /dev/null || true
  for point in ${mounts[@]+"${mounts[@]}"}; do
    ! mountpoint -q "$point" || "$triplefs" umount "$point" || umount -l "$point"
  done
  [ "$status" = 0 ] || { echo "failed; the last output was:"; cat "$work/output" 2> /dev/null; } >&2
  rm -rf "$work"
  exit "$status"
}
trap finish EXIT
cd "$work"

fail() {
  echo "$*" >&2
  exit 1
}

# mount_store STORE MOUNTPOINT [OPTION...]
mount_store() {
  mounts+=("$(realpath "$2")")
  "$triplefs" mount "${@:3}" "$1" "$2"
}

# refuses STATUS PATTERN ARGUMENT...: the program ends with that status and says, in one line that
# starts with its name, something that matches the pattern.
refuses() {
  local status=0 wanted=$1 pattern=$2
  shift 2
  "$triplefs" "$@" > "$work/stdout" 2> "$work/output" < /dev/null || status=$?
  [ "$status" = "$wanted" ] || fail "triplefs $*: status $status instead of $wanted"
  grep -qE "^triplefs: .*$pattern" "$work/output" || fail "triplefs $*: does not say: $pattern"
  [ "$(wc -l < "$work/output")" = 1 ] || fail "triplefs $*: more than one line"
}

# What is in a store, but for RocksDB's own log of events and the text of the lock.
digest() {
  find "$1" -type f ! -name 'LOG*' ! -name lock -print0 | sort -z | xargs -0 sha256sum | sha256sum
}
