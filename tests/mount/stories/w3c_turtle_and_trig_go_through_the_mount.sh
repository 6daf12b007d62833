# The W3C's suites of Turtle and TriG, RDF 1.1 and 1.2: what is good comes out saying the same, what is
# bad is refused with its place.
need zstd tar python3
for suite in rdf11-turtle rdf11-trig rdf12-turtle rdf12-trig; do
    [ -r "$TRIPLEFS_DATA/w3c/$suite.tar.zst" ] || skip "no $TRIPLEFS_DATA/w3c/$suite.tar.zst"
    zstd -dcq "$TRIPLEFS_DATA/w3c/$suite.tar.zst" | tar -x
done
start
python3 "$here/w3c_suites.py" "$main" rdf11/rdf-turtle/manifest.ttl rdf11/rdf-trig/manifest.ttl \
    rdf12/rdf-turtle/{syntax,eval}/manifest.ttl rdf12/rdf-trig/{syntax,eval}/manifest.ttl
