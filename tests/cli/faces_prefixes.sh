#!/usr/bin/env bash
# The store's prefixes: listing, adding and removing them, and what uses them.
# shellcheck source=tests/cli/common.bash
. "$(dirname "$0")/common.bash"

# lists TEXT: what is in the store
lists() {
  "$triplefs" prefixes > "$work/output"
  [ "$(cat "$work/output")" = "$1" ] || fail "prefixes: $(cat "$work/output")"
}

refuses 1 'not in a mounted store|is not mounted' prefixes
"$triplefs" init s
mkdir kg
mount_store s kg
cd kg

lists ''
"$triplefs" prefixes add my http://my.example.org/
"$triplefs" prefixes add foaf: '<http://mine.example.org/>'
"$triplefs" prefixes add a=http://a.example.org/ 'b: <http://b.example.org/>' skos
lists 'my: <http://my.example.org/>
foaf: <http://mine.example.org/>
a: <http://a.example.org/>
b: <http://b.example.org/>
skos: <http://www.w3.org/2004/02/skos/core#>'
"$triplefs" prefixes add my http://other.example.org/
"$triplefs" prefixes rm a b: skos
lists 'my: <http://other.example.org/>
foaf: <http://mine.example.org/>'
cmp <("$triplefs" prefixes) .store/prefixes || fail "the control file says something else"
# Two of a known name; and two known ones are no name with its IRI.
"$triplefs" prefixes add rdf: rdfs:
"$triplefs" prefixes | grep -q '^rdfs: <http://www.w3.org/2000/01/rdf-schema#>$' || fail "rdf: rdfs:"
"$triplefs" prefixes rm rdf rdfs

"$triplefs" prefixes --all > "$work/output"
[ "$(head -n 1 "$work/output")" = 'my: <http://other.example.org/>' ] || fail "--all: own ones first"
grep -q '^rdfs: <http://www.w3.org/2000/01/rdf-schema#>$' "$work/output" || fail "--all: rdfs"
[ "$(grep -c '^foaf:' "$work/output")" = 1 ] || fail "--all: foaf twice"
"$triplefs" prefixes --all --json | python3 -c '
import json, sys
table = {row["name"]: row for row in json.load(sys.stdin)}
assert table["foaf"]["iri"] == "http://mine.example.org/" and not table["foaf"]["known"], "foaf"
assert table["rdfs"]["known"] is True, "rdfs"' || fail "--json"

cd main
echo '<http://other.example.org/x> <http://mine.example.org/name> "X" .' > a.nt
[ "$("$triplefs" count 'my:x foaf:name ?')" = 1 ] || fail "match"
[ "$("$triplefs" count 'PREFIX my: <http://none/> my:x ? ?')" = 0 ] || fail "a declaration goes first"
"$triplefs" rewrite my: a: > "$work/output" 2>&1 && fail "a: is not there any more"
"$triplefs" rewrite my: http://a.example.org/ > "$work/output"
[ "$("$triplefs" count '<http://a.example.org/x> ? ?')" = 1 ] || fail "rewrite"

# A patch with prefixed names is a patch.
"$triplefs" commit -q -m 'One'
"$triplefs" prefixes add a=http://a.example.org/
cat > b.nt << 'END'
<http://a.example.org/x> <http://a.example.org/p> "<http://a.example.org/not> \"quoted\" a" .
<http://a.example.org/x> <http://a.example.org/p> "1"^^<http://www.w3.org/2001/XMLSchema#byte> .
<http://a.example.org/x/y> <http://a.example.org/a.b> <http://a.example.org/a.> .
_:b <http://a.example.org/-p> <http://a.example.org/> .
END
"$triplefs" diff --prefixes > "$work/output"
diff "$work/output" - << 'END' || fail "diff --prefixes"
H path "b.nt" .
H kind "added" .
H mode "0644" .
TX .
PA "a" <http://a.example.org/> .
A <http://a.example.org/x/y> a:a.b <http://a.example.org/a.> .
PA "xsd" <http://www.w3.org/2001/XMLSchema#> .
A a:x a:p "1"^^xsd:byte .
A a:x a:p "<http://a.example.org/not> \"quoted\" a" .
A _:b <http://a.example.org/-p> a: .
TC .
END
cp "$work/output" "$work/patch"
cp b.nt "$work/b.nt"
rm b.nt
"$triplefs" patch "$work/patch" > "$work/output"
cmp b.nt "$work/b.nt" || fail "diff --prefixes, applied"
"$triplefs" commit -q -m 'Two'
"$triplefs" show --prefixes > "$work/output"
grep -q '^A a:x a:p "1"^^xsd:byte \.$' "$work/output" || fail "show --prefixes"
"$triplefs" log --prefixes -n 1 > "$work/output"
grep -q '^PA "a" <http://a.example.org/> \.$' "$work/output" || fail "log --prefixes declares none"
grep -q '^A a:x a:p "1"^^xsd:byte \.$' "$work/output" || fail "log --prefixes"

refuses 2 "'list' is not known: it is add or rm" prefixes list
refuses 2 'no prefix given' prefixes add
refuses 2 'no prefix given' prefixes rm
refuses 2 'colour' prefixes --colour
refuses 1 "'nobody' is no known prefix: give its IRI behind it" prefixes add nobody
refuses 1 "'1a' cannot be a prefix's name" prefixes add 1a http://a/
refuses 1 "'not an iri' is no absolute IRI" prefixes add 'a=not an iri'
refuses 1 "the store has no prefix 'nobody'" prefixes rm nobody
refuses 1 "'rdfs' is not of the store: every store knows it" prefixes rm rdfs
"$triplefs" prefixes add p http://p/ -C / 2> "$work/output" && fail "-C /"
"$triplefs" prefixes --help > "$work/output"
grep -q '^usage: triplefs prefixes ' "$work/output" || fail "--help"

"$triplefs" prefixes rm my foaf a
lists ''
cd "$work"
"$triplefs" umount kg
"$triplefs" check s > "$work/output"
