# triplefs match and triplefs count: what they print, and what they say when they cannot.
need python3
start
mkdir "$main/geo"
xsd=http://www.w3.org/2001/XMLSchema
rdf=http://www.w3.org/1999/02/22-rdf-syntax-ns
cat >people <<END
<http://example.org/ann> <$rdf#type> <http://xmlns.com/foaf/0.1/Person> .
<http://example.org/ann> <http://xmlns.com/foaf/0.1/name> "Ann \"A\"\\tB"@en .
<http://example.org/bob> <$rdf#type> <http://xmlns.com/foaf/0.1/Person> .
<http://example.org/bob> <http://example.org/age> "42"^^<$xsd#integer> .
_:b <http://example.org/age> "old" .
END
sort people >sorted
cp people "$main/people.nt"
cat >"$main/geo/cities.nq" <<END
<http://example.org/berlin> <http://example.org/age> "787"^^<$xsd#integer> <http://example.org/g> .
<http://example.org/berlin> <$rdf#type> <http://example.org/City> <http://example.org/g> .
END
triple 7 >"$main/geo/more.nt"
cd "$main"
json() { # EXPRESSION ARGUMENT...: of what the command prints, as `it`
    local expression=$1
    shift
    "$TRIPLEFS" "$@" --json >"$work/json.out"
    python3 -c 'import json, sys
it = json.load(open(sys.argv[1]))
assert eval("(" + sys.argv[2] + ")"), it' "$work/json.out" "$expression" || fail "$* --json: not $expression"
}
e='PREFIX e: <http://example.org/> '

# match
"$TRIPLEFS" match '? a ?' >"$work/seen"
{
    echo '# geo/cities.nq'
    grep '#type' geo/cities.nq
    echo '# people.nt'
    grep '#type' "$work/sorted"
} | cmp - "$work/seen"
"$TRIPLEFS" match '? a ?' people.nt | cmp - <(grep '#type' "$work/sorted")
"$TRIPLEFS" match --no-filename '? a ?' | cmp - <(grep -v '^#' "$work/seen")
is $'geo/cities.nq\npeople.nt' "$("$TRIPLEFS" match -l '? a ?')"
is people.nt "$("$TRIPLEFS" match -l '? a ?' people.nt)"
is '' "$("$TRIPLEFS" match -l '? a ?' geo/more.nt)"
"$TRIPLEFS" match -H "${e}e:bob" >"$work/seen"
grep bob "$work/sorted" | sed 's/^/people.nt:/' | cmp - "$work/seen"
is 2 "$("$TRIPLEFS" match --no-filename -m 2 '? ? ?' | wc -l)"
printf 'PREFIX e: <http://example.org/>\n# the old\n? e:age ?\n! ? ? "old"\n' | "$TRIPLEFS" match -l - >"$work/seen"
is $'geo/cities.nq\npeople.nt' "$(cat "$work/seen")"
json 'it == []' match '"nobody"'
json 'len(it) == 1 and it[0]["path"] == "people.nt" and it[0]["subject"] == {"type": "uri", "value": "http://example.org/ann"}
  and it[0]["object"] == {"type": "literal", "value": "Ann \"A\"\tB", "xml:lang": "en"} and "graph" not in it[0]' match @en
json 'it[0]["object"]["datatype"].endswith("#integer") and it[0]["graph"]["value"] == "http://example.org/g"' match "${e}? e:age ?" geo
json 'it[0]["subject"] == {"type": "bnode", "value": "b"} and it[0]["path"] == "people.nt"' match '_:*' people.nt
json 'it == [{"path": "geo/cities.nq"}, {"path": "people.nt"}]' match -l '? a ?'

# A path is from where one stands, a file's name from the top of the branch.
cd geo
"$TRIPLEFS" match -H '? ? ?' more.nt | cmp - <(triple 7 | sed 's,^,geo/more.nt:,')
is 3 "$("$TRIPLEFS" count '? ? ?' .)"
is 5 "$("$TRIPLEFS" count '? ? ?' ../people.nt)"
is 8 "$("$TRIPLEFS" count)"
is 1 "$("$TRIPLEFS" count '? ? ?' "$main/geo/more.nt")"
fails_with "there is no 'geo/none' in the branch" "$TRIPLEFS" count '? ? ?' none
fails_with 'is not in' "$TRIPLEFS" count '? ? ?' ../../..
cd "$main"

# count, by each group
by() { # GROUP EXPECTED
    "$TRIPLEFS" count --by "$1" >"$work/seen"
    printf "$2" | cmp - "$work/seen" || fail "by $1: $(cat "$work/seen")"
}
is 3 "$("$TRIPLEFS" count '? a ?')"
by class "2\t<http://xmlns.com/foaf/0.1/Person>\n1\t<http://example.org/City>\n"
by file '5\tpeople.nt\n2\tgeo/cities.nq\n1\tgeo/more.nt\n'
by language '1\ten\n'
by datatype "2\t<$xsd#integer>\n2\t<$xsd#string>\n1\t<$rdf#langString>\n"
by graph '6\t\n2\t<http://example.org/g>\n'
by subject '2\t<http://example.org/ann>\n2\t<http://example.org/berlin>\n2\t<http://example.org/bob>\n1\t<http://example.org/s/7>\n1\t_:b\n'
by predicate "3\t<http://example.org/age>\n3\t<$rdf#type>\n1\t<http://example.org/p>\n1\t<http://xmlns.com/foaf/0.1/name>\n"
is '2 <http://xmlns.com/foaf/0.1/Person>' "$("$TRIPLEFS" count --by object --top 1 | tr '\t' ' ')"
json 'it == {"count": 8}' count
json 'it["by"] == "class" and it["count"] == 8 and it["grouped"] == 3 and it["groups"] == 2 and it["shown"] == 1
  and it["list"] == [{"count": 2, "class": {"type": "uri", "value": "http://xmlns.com/foaf/0.1/Person"}}]' count -b class -t 1
json '[g["file"] for g in it["list"]] == ["people.nt", "geo/cities.nq", "geo/more.nt"]' count --by file
json '[g["language"] for g in it["list"]] == ["en"]' count --by language
json '[g["graph"] for g in it["list"]] == ["", {"type": "uri", "value": "http://example.org/g"}]' count --by graph

# numbers: exact, as doubles where they do not fit, and what is none
"$TRIPLEFS" count --numbers "${e}? e:age ?" >"$work/seen"
printf 'count 3\nnumbers 2\nnot_numbers 1\nsum 829\nmin 42\nmax 787\naverage 414.5\n' | cmp - "$work/seen"
"$TRIPLEFS" count -n --by subject --top 1 "${e}? e:age ?" >"$work/seen"
printf '1\t787\t787\t787\t787\t<http://example.org/berlin>\n' | cmp - "$work/seen"
json 'it["sum"] == "829" and it["average"] == "414.5" and not it["inexact"] and it["not_numbers"] == 1' count -n "${e}? e:age ?"
{
    echo "<http://e/a> <http://e/v> \"99999999999999999999999999999999999999\"^^<$xsd#integer> ."
    echo "<http://e/b> <http://e/v> \"1\"^^<$xsd#integer> ."
    echo "<http://e/c> <http://e/v> \"1.5\"^^<$xsd#integer> ."
    echo "<http://e/d> <http://e/v> \"NaN\"^^<$xsd#double> ."
    echo "<http://e/e> <http://e/v> \"300\"^^<$xsd#byte> ."
    echo "<http://e/f> <http://e/v> <http://e/iri> ."
    for i in 1 2 3; do echo "<http://e/g$i> <http://e/v> \"99999999999999999999999999999999999999\"^^<$xsd#integer> ."; done
} >numbers.nt
"$TRIPLEFS" count -n '? <http://e/v> ?' >"$work/seen"
contains "$work/seen" 'numbers 5'
contains "$work/seen" 'not_numbers 4'
contains "$work/seen" 'inexact yes'
contains "$work/seen" 'min 1'
json 'it["inexact"] and abs(float(it["sum"]) - 4e38) < 1e30' count -n '? <http://e/v> ?'
"$TRIPLEFS" count -n '? ? <http://e/iri>' >"$work/seen"
printf 'count 1\nnumbers 0\nnot_numbers 1\n' | cmp - "$work/seen"
rm numbers.nt

# The past
"$TRIPLEFS" commit -q -m first
rm people.nt
is 1 "$("$TRIPLEFS" count '? a ?')"
is 3 "$(cd .branch/at/head && "$TRIPLEFS" count '? a ?')"
is people.nt "$("$TRIPLEFS" -C .branch/at/head match -l @en)"
is 2 "$(cd .branch/at/head/geo && "$TRIPLEFS" count '? ? ?' cities.nq)"
fails_with 'column 1: ' "$TRIPLEFS" -C .branch/at/head match '"'

# What is wrong, in one line, with its place; the status says whose fault it is.
says() { # STATUS TEXT ARGUMENT...
    local status=0 wanted=$1 text=$2
    shift 2
    "$TRIPLEFS" "$@" >"$work/stdout" 2>"$work/said" </dev/null || status=$?
    is "$wanted" "$status" "status of $*"
    is 1 "$(wc -l <"$work/said")" "lines of $*"
    contains "$work/said" "$text"
    is '' "$(cat "$work/stdout")"
}
says 1 'match: column 7: ' match '?s ?p "no end'
contains "$main/.branch/error" "write match: $(sed 's/^triplefs: match: //' "$work/said")"
says 1 'nobody:' match 'nobody:x'
says 1 'column' count --by class '? ? ? ? ?'
says 2 "--by takes subject" count --by colour
says 1 "there is no 'none' in the branch" match '? ? ?' none
head -c 1100000 /dev/zero | tr '\0' '#' >"$work/long"
status=0
"$TRIPLEFS" match - <"$work/long" 2>"$work/said" || status=$?
is 1 $status
contains "$work/said" 'the pattern is longer than 1 MiB'
status=0
seq 1100 | sed 's/.*/? ? "&"/' | "$TRIPLEFS" match - 2>"$work/said" || status=$?
is 1 $status
contains "$work/said" 'match: '
cd "$work"
remount ro
fails_with 'mounted read-only' "$TRIPLEFS" -C "$main" match '? ? ?'
