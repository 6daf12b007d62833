# What is cut off, has another syntax than its name says, or wants more than it is, is refused whole
# with its place; and nothing that a text mentions is opened or fetched.
need gzip
start
refused() { # FILE REASON: what is in the file 'text' is refused under that name
    local old
    old=$(cat "$main/$1" 2>&1 || true)
    fails_with 'Invalid argument' bash -c 'cat "$1" >"$2"' bash "$work/text" "$main/$1"
    is "$old" "$(cat "$main/$1")" "$1 afterwards"
    cmp text "$main/.branch/rejected/$1"
    grep "$1: line " "$main/.branch/error" | tail -n 1 >last
    contains last "$2"
}
turtle='@prefix ex: <http://example.org/> .
ex:a ex:b "c", [ ex:d ( 1 2 ) ] .'
rdf='xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:ex="http://example.org/"'
xml="<rdf:RDF $rdf><rdf:Description rdf:about=\"http://example.org/a\"><ex:b>c</ex:b></rdf:Description></rdf:RDF>"
line='<http://example.org/a> <http://example.org/b> "c" .'
echo "$turtle" >"$main/f.ttl"
echo "$turtle" >"$main/f.trig"
echo "$xml" >"$main/f.rdf"
echo "$line" >"$main/f.nt"
echo "$line" >"$main/f.nq"

# Cut off in the middle of a statement.
printf '%s' "${turtle%???????}" >text
refused f.ttl 'line 2'
refused f.trig 'line 2'
printf '%s' "${xml%??????????????????????????????}" >text
refused f.rdf 'line 1'
printf '%s' "${line%????}" >text
refused f.nt 'line 1'
refused f.nq 'line 1'
# In another syntax than the name says.
echo "$turtle" >text
refused f.nt 'line 1'
refused f.nq 'line 1'
refused f.rdf 'line 1'
echo "$xml" >text
refused f.ttl 'line 1'
refused f.trig 'line 1'
refused f.nt 'line 1'
printf '@prefix ex: <http://example.org/> .\nex:g { ex:a ex:b ex:c }\n' >text
refused f.ttl 'line 2'
# Lines have no base.
echo '<a> <http://example.org/b> "c" .' >text
refused f.nt 'line 1'
# Entities that multiply, and others that name files.
{
    echo '<!DOCTYPE rdf:RDF [<!ENTITY a0 "laughlaughlaugh">'
    for n in 1 2 3 4 5 6 7 8 9; do
        printf '<!ENTITY a%d "' $n
        for _ in 1 2 3 4 5 6 7 8 9 10; do printf '&a%d;' $((n - 1)); done
        echo '">'
    done
    echo ']>'
    echo "${xml/>c</>&a9;<}"
} >text
refused f.rdf ''
{
    echo "<!DOCTYPE rdf:RDF [<!ENTITY secret SYSTEM \"file://$work/secret\">]>"
    echo "${xml/>c</>&secret;<}"
} >text
echo 'not to be read' >secret
refused f.rdf ''

# JSON-LD is a byte file, whatever it mentions.
echo '{ "@context": "https://127.0.0.1:1/context.jsonld", "@id": "a", "name": "b" }' >in.jsonld
cp in.jsonld "$main/in.jsonld"
same in.jsonld "$main/in.jsonld"
fails_with '' getfattr -n user.triplefs.triples "$main/in.jsonld"
# A compressed file is one, too; what it decompresses to is triples under their name.
echo "$line" | gzip >x.nt.gz
cp x.nt.gz "$main/"
same x.nt.gz "$main/x.nt.gz"
zcat x.nt.gz >"$main/x.nt"
is "$line" "$(cat "$main/x.nt")"
