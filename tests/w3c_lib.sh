# Read by w3c_*.sh, which are called with CHECKER SOURCE_ROOT. TRIPLEFS_DATA says where w3c/ lies;
# without it, SOURCE_ROOT/../shared/data. 77: not there.
# shellcheck shell=sh disable=SC2034
set -eu
checker=$1
data=${TRIPLEFS_DATA:-$2/../shared/data}/w3c

unpack() { # SUITE...: into $work
    for suite; do
        if ! [ -r "$data/$suite.tar.zst" ]; then
            echo "no $data/$suite.tar.zst: skipped"
            exit 77
        fi
    done
    command -v zstd >/dev/null || { echo 'no zstd: skipped'; exit 77; }
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    for suite; do
        zstd -dcq "$data/$suite.tar.zst" | tar -x -C "$work"
    done
}

# Manifests are Turtle, one property a line; an entry's type comes first. RULES are awk's: they call
# give() at an entry's type and set its kind, and `more`, a word behind that; or `base`, which is one
# with the file's name behind it.
list_entries() { # RULES MANIFEST...: "KIND MORE FILE RESULT" an entry into $work/entries
    rules=$1
    shift
    for manifest; do
        awk -v folder="$(dirname "$work/$manifest")" '
            function give() {
                if (action != "")
                    print kind, more base (base == "" ? "" : action), folder "/" action, \
                          (result == "" ? "" : folder "/" result)
                action = result = ""
            }
            function name(line) {
                sub(/^[^<]*</, "", line)
                sub(/>.*/, "", line)
                return line
            }
            /^[ \t]*#/ { next }
            /mf:action/ { action = name($0) }
            /mf:result/ { result = name($0) }
            '"$rules"'
            END { give() }' "$work/$manifest"
    done >"$work/entries"
    listed=$(wc -l <"$work/entries")
    announced=$(cd "$work" && cat "$@" | grep -c '^[^#]*mf:action')
    echo "$listed entries"
    if [ "$listed" -ne "$announced" ]; then
        echo "the manifests have $announced entries"
        exit 1
    fi
}
