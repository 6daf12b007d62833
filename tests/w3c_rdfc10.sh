#!/bin/sh
# The W3C suite of RDF Dataset Canonicalization, every entry: w3c_rdfc10.sh CHECKER SOURCE_ROOT
# shellcheck source=tests/w3c_lib.sh
. "$(dirname "$0")/w3c_lib.sh"
unpack rdfc10
# shellcheck disable=SC2016 # awk's
list_entries '/ a rdfc:RDFC10/ {
        give()
        more = "SHA256"
        kind = /NegativeEvalTest/ ? "poison" : /MapTest/ ? "map" : "canonical"
    }
    /rdfc:hashAlgorithm/ { split($0, word, "\""); more = word[2] }' \
    tests/manifest.ttl
"$checker" <"$work/entries"
