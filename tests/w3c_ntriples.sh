#!/bin/sh
# The W3C suites of N-Triples and N-Quads: w3c_ntriples.sh CHECKER SOURCE_ROOT
# Every entry: the syntax of RDF 1.1 and 1.2, and the canonicalisation of RDF 1.2.
# shellcheck source=tests/w3c_lib.sh
. "$(dirname "$0")/w3c_lib.sh"
unpack rdf11-n-triples rdf11-n-quads rdf12-n-triples rdf12-n-quads
list_entries '/rdft:Test/ {
        give()
        kind = /NegativeSyntax/ ? "refuse" : /PositiveC14N/ ? "canonical" : "accept"
    }' \
    rdf11/rdf-n-triples/manifest.ttl rdf11/rdf-n-quads/manifest.ttl \
    rdf12/rdf-n-triples/syntax/manifest.ttl rdf12/rdf-n-triples/c14n/manifest.ttl \
    rdf12/rdf-n-quads/syntax/manifest.ttl rdf12/rdf-n-quads/c14n/manifest.ttl
"$checker" <"$work/entries"
