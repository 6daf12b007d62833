# The W3C's suite of RDF/XML: what is good comes out saying the same, what is bad is refused with its
# place.
need zstd tar python3
[ -r "$TRIPLEFS_DATA/w3c/rdf11-xml.tar.zst" ] || skip "no $TRIPLEFS_DATA/w3c/rdf11-xml.tar.zst"
zstd -dcq "$TRIPLEFS_DATA/w3c/rdf11-xml.tar.zst" | tar -x
start
python3 "$here/w3c_suites.py" "$main" rdf11/rdf-xml/manifest.ttl
