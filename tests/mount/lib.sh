# One story: lib.sh FOLDER STORY. Makes what the story uses, sources it, and then verifies that the
# daemon ends well, that no sanitizer found anything, and that the store is sound.
#
# For the story: $work is its folder, $store and $mnt the store and its mountpoint, $main the branch
# main. It starts with `start`, or does what it needs itself. Exit status 77: skipped.
set -Eeuo pipefail
shopt -s inherit_errexit

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
work=$1 story=$2
store=$work/store mnt=$work/mnt main=$work/mnt/main daemon='' stores=()
export LC_ALL=C.UTF-8 TZ=UTC HOME=$work
umask 022
cd "$work"
exec {trace}>"$work/trace"
BASH_XTRACEFD=$trace
PS4='+ ${SECONDS}s ${BASH_SOURCE##*/}:$LINENO: '

where() {
    local frame=1
    while [ "${BASH_SOURCE[frame]:-}" = "${BASH_SOURCE[0]}" ]; do frame=$((frame + 1)); done
    echo "${BASH_SOURCE[frame]:-?}:${BASH_LINENO[frame - 1]}" | sed 's,.*/,,'
}
fail() {
    echo "$(where): $*"
    trap - ERR
    exit 1
}
skip() {
    echo "$(where): skipped: $*"
    trap - ERR
    exit 77
}
trap 'echo "$(where): status $? of: $BASH_COMMAND"' ERR

need() { # COMMAND...
    local command
    for command; do
        command -v "$command" >/dev/null || skip "there is no $command"
    done
}
need_root() {
    [ "$(id -u)" = 0 ] || skip 'only root can do this'
}
# Whether the build watches over memory or threads: then figures of memory and time say nothing.
is_sanitized() {
    # Not through a pipe: grep ends at the first match, and nm then dies of it. With a shared runtime
    # the name is a dynamic one.
    grep -qE '__(asan|tsan)_init' < <(
        nm -D "$TRIPLEFS" 2>/dev/null
        nm "$TRIPLEFS" 2>/dev/null
    )
}

# --- waiting

wait_until() { # SECONDS COMMAND...
    local limit=$((SECONDS + $1 + 1))
    shift
    until "$@"; do
        [ $SECONDS -lt $limit ] || fail "waited in vain for: $*"
        sleep 0.02
    done
}

# --- the store and its mount

daemon_lives() {
    [ -n "$daemon" ] && kill -0 "$daemon" 2>/dev/null
}
is_mounted() {
    grep -qF " $mnt fuse" /proc/self/mounts
}
is_decided() {
    is_mounted || ! daemon_lives
}
make_store() { # PATH
    "$TRIPLEFS" init "$1"
    stores+=("$1")
}
mount_store() { # [OPTIONS]
    [ -c /dev/fuse ] && [ -r /dev/fuse ] && [ -w /dev/fuse ] || skip 'no /dev/fuse'
    [ "$(id -u)" = 0 ] || need fusermount3
    mkdir -p "$mnt"
    "$TRIPLEFS" mount -f ${1:+-o "$1"} "$store" "$mnt" >>"$work/daemon.log" 2>&1 &
    daemon=$!
    echo "$daemon" >"$work/daemon.pid"
    wait_until 60 is_decided
    if ! is_mounted; then
        wait "$daemon" || true
        fail "the daemon did not mount: $(tail -n 3 "$work/daemon.log")"
    fi
    # Serving begins with the answer to the first request.
    stat "$mnt" >/dev/null
}
unmount_store() {
    "$TRIPLEFS" umount "$mnt"
    local status=0
    wait "$daemon" || status=$?
    daemon=
    [ $status = 0 ] || fail "the daemon ended with status $status"
}
remount() { # [OPTIONS]
    unmount_store
    mount_store "$@"
}
kill_daemon() { # [DESCRIPTOR]: that is open in the mount
    kill -KILL "$daemon"
    wait "$daemon" 2>/dev/null || true
    daemon=
    [ $# = 0 ] || eval "exec $1>&-" 2>/dev/null || true
    "$TRIPLEFS" umount "$mnt"
}
start() { # [OPTIONS]
    make_store "$store"
    mount_store "$@"
}
check_store() { # STORE
    "$TRIPLEFS" check "$1" >"$work/check.out" 2>&1 ||
        fail "triplefs check $1 says: $(tail -n 5 "$work/check.out")"
}
logs_are_clean() {
    ! grep -s -lE 'ERROR: (Address|Leak)Sanitizer|WARNING: ThreadSanitizer|runtime error:' \
        "$work"/*.log "$work"/*.out || fail 'a sanitizer found something'
}
finish() {
    cd "$work"
    [ -z "$daemon" ] || unmount_store
    local each
    for each in "${stores[@]+"${stores[@]}"}"; do
        check_store "$each"
    done
    logs_are_clean
}

# --- comparing

is() { # EXPECTED SEEN [WHAT]
    [ "$1" = "$2" ] || fail "${3:-seen} is '${2:0:400}', and should be '${1:0:400}'"
}
same() { # EXPECTED_FILE FILE
    cmp -s -- "$1" "$2" || fail "$2 should be as $1: $(diff -- "$1" "$2" 2>&1 | head -n 6 | cut -c 1-200)"
}
contains() { # FILE TEXT
    grep -qF -- "$2" "$1" || fail "$1 should say '$2', and says: $(tail -n 12 "$1" | cut -c 1-300)"
}
lacks() { # FILE TEXT
    ! grep -qF -- "$2" "$1" || fail "$1 should not say '$2': $(grep -F -- "$2" "$1" | head -n 3)"
}
# The command fails, not by a signal, and says TEXT on standard error.
fails_with() { # TEXT COMMAND...
    local text=$1 status=0
    shift
    "$@" >"$work/said" 2>&1 || status=$?
    [ $status != 0 ] || fail "succeeded, and should have failed with '$text': $*"
    [ $status -lt 124 ] || fail "status $status: $*"
    [ -z "$text" ] || grep -qF -- "$text" "$work/said" || fail "failed without saying '$text' but '$(cat "$work/said")': $*"
}
# Standard input goes to FILE as a shell's redirection does it.
put() { # FILE
    cat >"$1"
}
put_failing() { # FILE TEXT: writing TEXT there fails with EINVAL
    fails_with 'Invalid argument' bash -c 'printf "%s\n" "$2" >"$1"' bash "$1" "$2"
}
inode_of() {
    stat -c %i "$1"
}
count_lines() {
    wc -l <"$1"
}

# --- triples

triple() { # N: one canonical line
    echo "<http://example.org/s/$1> <http://example.org/p> \"$1\" ."
}
triples() { # FROM TO: canonical lines in the order of numbers
    seq "$1" "$2" |
        sed 's,.*,<http://example.org/s/&> <http://example.org/p> "&" .,'
}
# The canonical form of N-Triples and N-Quads by a program that shares no code with triplefs.
canonical() { # [--into DIR] FILE...
    python3 "$here/canonical.py" "$@"
}

# --- run it

trap 'kill -KILL $(jobs -p) 2>/dev/null || true' EXIT
set -x
# shellcheck source=/dev/null
. "$story"
finish
