# Every positive file of the W3C suites comes out canonical; every negative one is refused with its place.
need zstd tar
for suite in rdf11-n-triples rdf11-n-quads rdf12-n-triples rdf12-n-quads; do
    [ -r "$TRIPLEFS_DATA/w3c/$suite.tar.zst" ] || skip "no $TRIPLEFS_DATA/w3c/$suite.tar.zst"
    zstd -dcq "$TRIPLEFS_DATA/w3c/$suite.tar.zst" | tar -x
done
start
positive=0 negative=0
for folder in rdf11/rdf-n-triples rdf11/rdf-n-quads rdf12/rdf-n-{triples,quads}/{syntax,c14n}; do
    sed -n '/^[^#]*mf:action/s/.*<\(.*\)>.*/\1/p' "$folder/manifest.ttl" >names
    mkdir -p expected
    mapfile -t good < <(grep -v -e '-bad-' names)
    canonical --into expected "${good[@]/#/$folder/}"
    while read -r name; do
        file=$folder/$name
        if [[ $name == *-bad-* ]]; then
            negative=$((negative + 1))
            fails_with 'Invalid argument' cp "$file" "$main/$name"
            tail -n 5 "$main/.branch/error" | grep -qE "$name: line [0-9]+, column [0-9]+: " ||
                fail "error says nothing of $name: $(cat "$main/.branch/error")"
            cmp "$file" "$main/.branch/rejected/$name"
        else
            positive=$((positive + 1))
            cp "$file" "$main/$name"
            same "expected/$name" "$main/$name"
            # Of the canonicalisation suites: the result, whose lines are in the order of the file there.
            if [ -e "$folder/${name%.*}-c14n.${name##*.}" ]; then
                LC_ALL=C sort -u "$folder/${name%.*}-c14n.${name##*.}" >result
                same result "$main/$name"
            fi
        fi
    done <names
done
echo "$positive came out canonical, $negative were refused"
[ $positive -gt 180 ] && [ $negative -gt 100 ] || fail 'too few'
