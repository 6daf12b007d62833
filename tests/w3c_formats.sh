#!/bin/sh
# The W3C suites of Turtle, TriG and RDF/XML: w3c_formats.sh CHECKER SOURCE_ROOT
# Every entry of RDF 1.1 and 1.2, but for what RDF 1.2 adds to RDF/XML (annotations, triple terms,
# directions of text): that is not read, and must be refused with its place.
# shellcheck source=tests/w3c_lib.sh
. "$(dirname "$0")/w3c_lib.sh"
unpack rdf11-turtle rdf11-trig rdf12-turtle rdf12-trig rdf11-xml rdf12-xml
# shellcheck disable=SC2016 # awk's
list_entries '/mf:assumedTestBase/ { base = name($0) }
    /rdft:Test/ {
        give()
        kind = /Negative/ || folder ~ /rdf12.rdf-xml/ ? "refuse" : /Eval/ ? "same" : "accept"
    }' \
    rdf11/rdf-turtle/manifest.ttl rdf11/rdf-trig/manifest.ttl \
    rdf12/rdf-turtle/syntax/manifest.ttl rdf12/rdf-turtle/eval/manifest.ttl \
    rdf12/rdf-trig/syntax/manifest.ttl rdf12/rdf-trig/eval/manifest.ttl \
    rdf11/rdf-xml/manifest.ttl rdf12/rdf-xml/eval/manifest.ttl
"$checker" <"$work/entries"
