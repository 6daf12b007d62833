#!/bin/sh
# The W3C suites of RDF/XML: w3c_rdfxml.sh CHECKER SOURCE_ROOT
# RDF 1.1, every entry; RDF 1.2, of which nothing is read: every text of its own must be refused. TRIPLEFS_DATA says where w3c/ lies; without it, SOURCE_ROOT/../shared/data. 77:
# not there.
set -eu
checker=$1
data=${TRIPLEFS_DATA:-$2/../shared/data}/w3c
suites='rdf11-xml rdf12-xml'
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

# Manifests are Turtle, one property a line; an entry's type comes first, its result last. A text's
# base is the suite's with its own name.
list_entries() { # MANIFEST
    awk -v folder="$(dirname "$1")" '
        function give() {
            if (action != "")
                print kind, base action, folder "/" action, \
                      (result == "" ? "" : folder "/" result)
            action = result = ""
        }
        function name(line) {
            sub(/^[^<]*</, "", line)
            sub(/>.*/, "", line)
            return line
        }
        /^[ \t]*#/ { next }
        /mf:assumedTestBase/ { base = name($0) }
        /rdft:Test/ {
            give()
            kind = /Negative/ ? "refuse" : /Eval/ ? "same" : "accept"
        }
        /mf:action/ { action = name($0) }
        /mf:result/ { result = name($0) }
        END { give() }' "$1"
}

manifests='rdf11/rdf-xml rdf12/rdf-xml/eval'
for suite in $manifests; do
    list_entries "$work/$suite/manifest.ttl"
done >"$work/all"
# Annotations, triple terms and text directions are not read: they must be refused, with a place.
awk '$3 ~ /^rdf12\// || $3 ~ /\/rdf12\// { $1 = "refuse" } { print }' "$work/all" >"$work/entries"

listed=$(wc -l <"$work/entries")
announced=$(cd "$work" && for suite in $manifests; do
    grep -h '^[^#]*mf:action' "$suite/manifest.ttl"
done | wc -l)
echo "$listed entries"
if [ "$listed" -ne "$announced" ]; then
    echo "the manifests have $announced entries"
    exit 1
fi
"$checker" <"$work/entries"
