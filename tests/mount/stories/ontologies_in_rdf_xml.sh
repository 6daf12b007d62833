# An ontology in RDF/XML is shown as RDF/XML, under .rdf and .owl; a line of it can be edited, other
# syntaxes show the same set, and what RDF/XML cannot say is not shown as it.
start
cat >in.rdf <<'END'
<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
         xmlns:rdfs="http://www.w3.org/2000/01/rdf-schema#"
         xmlns:owl="http://www.w3.org/2002/07/owl#">
  <owl:Ontology rdf:about="http://example.org/onto"/>
  <owl:Class rdf:about="http://example.org/onto#Dog">
    <rdfs:label xml:lang="en">dog</rdfs:label>
    <rdfs:subClassOf>
      <owl:Restriction>
        <owl:onProperty rdf:resource="http://example.org/onto#has"/>
        <owl:someValuesFrom rdf:resource="http://example.org/onto#Tail"/>
      </owl:Restriction>
    </rdfs:subClassOf>
  </owl:Class>
</rdf:RDF>
END
f=$main/dogs.owl
cp in.rdf "$f"
is application/rdf+xml "$(getfattr --absolute-names --only-values -n user.triplefs.format "$f")"
is 7 "$(getfattr --absolute-names --only-values -n user.triplefs.triples "$f")"
is "$(stat -c %s "$f")" "$(wc -c <"$f")" size
contains "$f" '<rdfs:label xml:lang="en">dog</rdfs:label>'
# What it shows is taken back as it is.
cat "$f" >shown
cp shown "$main/dogs.rdf"
cmp shown "$main/dogs.rdf"
echo base >"$main/.branch/commit"
sed -i 's/>dog</>hound</' "$f"
is '1 1' "$(grep -c '^A ' "$main/.branch/diff/head") $(grep -c '^D ' "$main/.branch/diff/head")"
# As Turtle, as lines, and back.
cp "$f" "$main/dogs.ttl"
contains "$main/dogs.ttl" 'rdfs:label "hound"@en'
cat "$f" >before
mv "$f" "$main/dogs.nt"
is 7 "$(count_lines "$main/dogs.nt")"
mv "$main/dogs.nt" "$f"
same before "$f"
# A predicate that is no XML name.
echo '<http://example.org/a> <http://example.org/1> <http://example.org/b> .' >"$main/odd.nt"
fails_with '' mv "$main/odd.nt" "$main/odd.rdf"
is '<http://example.org/a> <http://example.org/1> <http://example.org/b> .' "$(cat "$main/odd.nt")"
# Bad XML changes nothing, and is told with its place.
put_failing "$f" '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><oops></rdf:RDF>'
same before "$f"
tail -n 3 "$main/.branch/error" >last
contains last 'dogs.owl: line 1, column '
