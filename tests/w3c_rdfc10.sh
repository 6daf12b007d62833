#!/bin/sh
# The W3C suite of RDF Dataset Canonicalization, every entry: w3c_rdfc10.sh CHECKER SOURCE_ROOT
# TRIPLEFS_DATA says where w3c/ lies; without it, SOURCE_ROOT/../shared/data. 77: not there.
set -eu
checker=$1
suite=${TRIPLEFS_DATA:-$2/../shared/data}/w3c/rdfc10.tar.zst
if ! [ -r "$suite" ]; then
    echo "no $suite: skipped"
    exit 77
fi
command -v zstd >/dev/null || { echo 'no zstd: skipped'; exit 77; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
zstd -dcq "$suite" | tar -x -C "$work"

# The manifest is Turtle, one property a line; an entry's type comes first.
manifest=$work/tests/manifest.ttl
awk -v folder="$(dirname "$manifest")" '
    function give() {
        if (action != "")
            print kind, hash, folder "/" action, (result == "" ? "" : folder "/" result)
        action = result = ""
        hash = "SHA256"
    }
    function name(line) {
        sub(/^[^<]*</, "", line)
        sub(/>.*/, "", line)
        return line
    }
    /^[ \t]*#/ { next }
    / a rdfc:RDFC10/ {
        give()
        kind = /NegativeEvalTest/ ? "poison" : /MapTest/ ? "map" : "canonical"
    }
    /rdfc:hashAlgorithm/ { split($0, word, "\""); hash = word[2] }
    /mf:action/ { action = name($0) }
    /mf:result/ { result = name($0) }
    END { give() }' "$manifest" >"$work/entries"

listed=$(wc -l <"$work/entries")
announced=$(grep -c '^[^#]*mf:action' "$manifest")
echo "$listed entries"
if [ "$listed" -ne "$announced" ]; then
    echo "the manifest has $announced entries"
    exit 1
fi
"$checker" <"$work/entries"
