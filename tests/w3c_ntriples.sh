#!/bin/sh
# The W3C suites of N-Triples and N-Quads: w3c_ntriples.sh CHECKER SOURCE_ROOT
# Every entry: the syntax of RDF 1.1 and 1.2, and the canonicalisation of RDF 1.2.
# TRIPLEFS_DATA says where w3c/ lies; without it, SOURCE_ROOT/../shared/data. 77: not there.
set -eu
checker=$1
data=${TRIPLEFS_DATA:-$2/../shared/data}/w3c
suites='rdf11-n-triples rdf11-n-quads rdf12-n-triples rdf12-n-quads'
for suite in $suites; do
    if ! [ -r "$data/$suite.tar.zst" ]; then
        echo "no $data/$suite.tar.zst: skipped"
        exit 77
    fi
done
command -v zstd >/dev/null || { echo 'no zstd: skipped'; exit 77; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for suite in $suites; do
    zstd -dcq "$data/$suite.tar.zst" | tar -x -C "$work"
done

# Manifests are Turtle, one property a line; an entry's type comes first, its result last.
list_entries() { # MANIFEST
    awk -v folder="$(dirname "$1")" '
        function give() {
            if (action != "")
                print kind, folder "/" action, (result == "" ? "" : folder "/" result)
            action = result = ""
        }
        function name(line) {
            sub(/^[^<]*</, "", line)
            sub(/>.*/, "", line)
            return line
        }
        /^[ \t]*#/ { next }
        /rdft:Test/ {
            give()
            kind = /NegativeSyntax/ ? "refuse" : /PositiveC14N/ ? "canonical" : "accept"
        }
        /mf:action/ { action = name($0) }
        /mf:result/ { result = name($0) }
        END { give() }' "$1"
}

for suite in rdf11/rdf-n-triples rdf11/rdf-n-quads rdf12/rdf-n-triples/syntax \
             rdf12/rdf-n-triples/c14n rdf12/rdf-n-quads/syntax rdf12/rdf-n-quads/c14n; do
    list_entries "$work/$suite/manifest.ttl"
done >"$work/entries"

listed=$(wc -l <"$work/entries")
announced=$(cd "$work" && grep -h '^[^#]*mf:action' rdf11/*/manifest.ttl rdf12/*/*/manifest.ttl | wc -l)
echo "$listed entries"
if [ "$listed" -ne "$announced" ]; then
    echo "the manifests have $announced entries"
    exit 1
fi
"$checker" <"$work/entries"
