#!/usr/bin/env bash
# Runs mount tests. Each is a user's story with ordinary tools, a script stories/NAME.sh, in a
# folder, with a store and at a mountpoint of its own. lib.sh has what stories use.
#
#   run.sh TRIPLEFS POKE [STORY...]   TRIPLEFS and POKE are programs that the build made
#   run.sh --list                     the names of all stories
#
# Exit status: 0 all passed; 1 one failed, and its folder is kept and printed, or one was skipped;
# 77 with TRIPLEFS_ALLOW_SKIP=1, one was skipped and none failed.
#
# TRIPLEFS_KEEP=1 keeps the folders of those that pass, too. TRIPLEFS_STORY_SECONDS is a story's
# time limit. TRIPLEFS_DATA is where graphs/ and w3c/ lie.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)

list() {
    local story
    for story in "$here"/stories/*.sh; do
        basename "$story" .sh
    done
}

# A story that failed or was cut off may leave its daemon and its mount behind.
sweep() { # FOLDER
    local pid point
    while read -r pid; do
        kill -KILL "$pid" 2>/dev/null || true
    done < <(cat "$1"/*.pid 2>/dev/null)
    while read -r point; do
        umount -l "$point" 2>/dev/null || fusermount3 -uz "$point" 2>/dev/null || true
    done < <(awk -v folder="$1/" 'index($2, folder) == 1 { print $2 }' /proc/self/mounts | tac)
}

remove() { # FOLDER
    rm -rf --one-file-system -- "$1"
}

tell_failure() { # STORY FOLDER STATUS
    echo "FAILED: $1 (status $3)"
    [ "$3" != 124 ] || echo "its time of $TRIPLEFS_STORY_SECONDS s was over"
    echo '--- the last commands:'
    tail -n 12 "$2/trace" 2>/dev/null || true
    local log
    for log in "$2"/*.log; do
        [ -s "$log" ] || continue
        echo "--- the end of $(basename "$log"):"
        tail -n 40 "$log" | cut -c 1-400
    done
    echo "--- left behind: $2"
    echo "--- again: $here/run.sh $TRIPLEFS $POKE $1"
}

run_story() { # STORY
    local story=$1 work status=0
    if ! [ -f "$here/stories/$story.sh" ]; then
        echo "no story $story"
        return 1
    fi
    work=$(mktemp -d "${TMPDIR:-/tmp}/triplefs-$story.XXXXXX")
    chmod 755 "$work"
    timeout --kill-after=20 "$TRIPLEFS_STORY_SECONDS" \
        bash "$here/lib.sh" "$work" "$here/stories/$story.sh" </dev/null || status=$?
    sweep "$work"
    case $status in
    0) echo "ok: $story" ;;
    77) echo "skipped: $story" ;;
    *)
        tell_failure "$story" "$work" "$status"
        return 1
        ;;
    esac
    [ "${TRIPLEFS_KEEP:-0}" = 1 ] || remove "$work"
    return "$status"
}

if [ "${1:-}" = --list ]; then
    list
    exit
fi
if [ $# -lt 2 ]; then
    sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}" >&2
    exit 2
fi
TRIPLEFS=$(realpath -- "$1")
POKE=$(realpath -- "$2")
: "${TRIPLEFS_STORY_SECONDS:=150}"
: "${TRIPLEFS_DATA:=$here/../../../shared/data}"
# What a sanitizer finds ends the program with a status of its own.
: "${ASAN_OPTIONS:=exitcode=99:detect_leaks=1}"
: "${UBSAN_OPTIONS:=halt_on_error=1:print_stacktrace=1:exitcode=99}"
: "${TSAN_OPTIONS:=exitcode=99:suppressions=$here/../tsan.supp}"
export TRIPLEFS POKE TRIPLEFS_STORY_SECONDS TRIPLEFS_DATA ASAN_OPTIONS UBSAN_OPTIONS TSAN_OPTIONS
shift 2
[ $# -gt 0 ] || mapfile -t stories < <(list)
[ $# = 0 ] || stories=("$@")

passed=0 failed=0 skipped=0
for story in "${stories[@]}"; do
    status=0
    run_story "$story" || status=$?
    case $status in
    0) passed=$((passed + 1)) ;;
    77) skipped=$((skipped + 1)) ;;
    *) failed=$((failed + 1)) ;;
    esac
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ] || exit 1
if [ $skipped -gt 0 ]; then
    [ "${TRIPLEFS_ALLOW_SKIP:-0}" = 1 ] && exit 77
    echo 'what is skipped is not tested; TRIPLEFS_ALLOW_SKIP=1 lets it pass' >&2
    exit 1
fi
