# RDF 1.2 in triple files: triple terms and directions are written, searched, rewritten, patched and merged.
need python3
start
rdf=http://www.w3.org/1999/02/22-rdf-syntax-ns
xsd=http://www.w3.org/2001/XMLSchema
cat >written <<END
VERSION "1.2" # read, and not kept
<http://e/ann> <http://e/knows> <http://e/bob> .
_:r<$rdf#reifies><<(<http://e/ann><http://e/knows><http://e/bob>)>>.
_:r <http://e/confidence> "0.9"^^<$xsd#decimal> .
_:q <$rdf#reifies> <<( _:r <http://e/says> <<( _:s <http://e/p> "a )>>"@EN )>> )>> .
<http://e/bob> <http://e/name> "\\u0627"@AR--rtl .
END
cp written "$main/people.nt"
canonical written >expected
same expected "$main/people.nt"
is 5 "$(getfattr --absolute-names --only-values -n user.triplefs.triples "$main/people.nt")"

# Questions.
cd "$main"
e='PREFIX e: <http://e/> '
is 2 "$("$TRIPLEFS" count '<<()>>')"
is "$(grep '^_:r .*reifies' "$work/expected")" \
    "$("$TRIPLEFS" match --no-filename "$e? rdf:reifies <<( e:ann e:knows ? )>>")"
is "$(grep '^_:q' "$work/expected")" "$("$TRIPLEFS" match --no-filename '? ? <<( ? ? <<( ? ? @en )>> )>>')"
is 1 "$("$TRIPLEFS" count '@ar')"
is 0 "$("$TRIPLEFS" count '@ar--ltr')"
is $'1\tar' "$("$TRIPLEFS" count --by language | grep ar | tr -s ' ' '\t' | sed 's/^\t//' | cut -f 1,2)"
"$TRIPLEFS" match --json '<<()>> | @ar' >"$work/json"
python3 - "$work/json" <<'END'
import json, sys
it = {s["subject"]["value"]: s["object"] for s in json.load(open(sys.argv[1]))}
assert it["r"] == {"type": "triple", "value": {
    "subject": {"type": "uri", "value": "http://e/ann"},
    "predicate": {"type": "uri", "value": "http://e/knows"},
    "object": {"type": "uri", "value": "http://e/bob"}}}, it
assert it["q"]["value"]["object"]["value"]["object"] == {
    "type": "literal", "value": "a )>>", "xml:lang": "en"}, it
assert it["http://e/bob"] == {
    "type": "literal", "value": "\u0627", "xml:lang": "ar", "its:dir": "rtl"}, it
END

# What is wrong is refused with its place.
fails_with 'Invalid argument' bash -c 'echo "<<( _:a <x:p> _:b )>> <x:p> _:b ." >>people.nt'
grep -q 'people.nt: line 1, column 1: a triple term cannot be a subject' .branch/error
same "$work/expected" people.nt

# A patch and a rewriting reach into triple terms.
mkdir "$mnt/other"
printf 'H path "people.nt" .\nTX .\nPA "e" <http://e/> .\nA _:t e:p <<( e:ann e:p <<(_:x e:p "1"@en--ltr )>> )>> .\nTC .\n' \
    >.branch/patch
grep -qF '_:t <http://e/p> <<( <http://e/ann> <http://e/p> <<( _:x <http://e/p> "1"@en--ltr )>> )>> .' people.nt
"$TRIPLEFS" diff other main >"$work/patch"
"$TRIPLEFS" patch -C "$mnt/other" -q "$work/patch"
cmp people.nt "$mnt/other/people.nt"
echo '<http://e/> <https://new.example/>' >.branch/rewrite
is 0 "$(grep -c 'http://e/' people.nt || true)"
sed 's,<http://e/,<https://new.example/,g' "$mnt/other/people.nt" | sort | cmp - people.nt

# Each side annotates, one removes what is annotated: both come in. A confidence is one.
echo 'functional <https://new.example/confidence>' >>"$mnt/.store/config"
rm -r "$mnt/other"
mkdir "$mnt/other"
new=https://new.example
sed -i '\,^<https://new.example/ann>,d' people.nt
echo "_:q <$new/confidence> \"0.1\"^^<$xsd#decimal> ." >>people.nt
echo "_:n <$rdf#reifies> <<( <$new/ann> <$new/knows> <$new/bob> )>> ." >>"$mnt/other/people.nt"
echo other >.branch/merge
is 2 "$(grep -c "<<( <$new/ann> <$new/knows>" people.nt)"
is 0 "$(grep -c '^<https://new.example/ann>' people.nt || true)"
echo "_:n <$new/confidence> \"0.2\"^^<$xsd#decimal> ." >>people.nt
echo "_:n <$new/confidence> \"0.3\"^^<$xsd#decimal> ." >>"$mnt/other/people.nt"
fails_with 'Operation canceled' bash -c 'echo other >.branch/merge'
grep -qF "people.nt: _:n <$new/confidence>: " .branch/merge
cp .branch/conflicts/people.nt/theirs.nt .branch/conflicts/people.nt/result.nt
echo continue >.branch/merge
is 1 "$(grep -c '^_:n .*confidence' people.nt)"
cd "$work"
