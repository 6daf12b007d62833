# A pattern is written to `match` or `count`, and the answer read from the same open file.
start allow_other
mkdir "$main/geo"
{
    echo '<http://example.org/ann> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://xmlns.com/foaf/0.1/Person> .'
    echo '<http://example.org/ann> <http://xmlns.com/foaf/0.1/name> "Ann"@en .'
    echo '<http://example.org/bob> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://xmlns.com/foaf/0.1/Person> .'
    echo '<http://example.org/bob> <http://xmlns.com/foaf/0.1/age> "42"^^<http://www.w3.org/2001/XMLSchema#integer> .'
} >people
cp people "$main/people.nt"
echo '<http://example.org/berlin> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://example.org/City> .' >"$main/geo/cities.nt"
echo base >"$main/.branch/commit"
b=$main/.branch
ask() { # CONTROL TEXT
    exec 3<>"$1"
    printf '%s\n' "$2" >&3
    cat <&3
    exec 3>&-
}

# Statements come behind the names of their files; together that is N-Quads.
ask "$b/match" '?s a ?class' >seen
{
    echo '# geo/cities.nt'
    cat "$main/geo/cities.nt"
    echo '# people.nt'
    grep 'ns#type' people
} >expected
same expected seen
cp seen "$main/answer.nq"
is 3 "$(count_lines "$main/answer.nq")"
rm "$main/answer.nq"
# Of one file there are statements alone.
ask "$b/match" $'path people.nt\nex:bob' >seen
grep bob people | sort | cmp - seen
ask "$b/match" $'path people.nt\nPREFIX e: <http://example.org/>\ne:bob' >seen
grep bob people | sort | cmp - seen
ask "$b/match" $'path /geo/\nlimit 1\n? ? ?' >seen
is "# geo/cities.nt $(cat "$main/geo/cities.nt")" "$(tr '\n' ' ' <seen | sed 's/ $//')"
# Nothing matches: the answer is empty. Nothing is asked but a line end: everything.
ask "$b/match" '"nobody"' >seen
is 0 "$(count_lines seen)"
ask "$b/match" '' >seen
is 7 "$(count_lines seen)"
is 'count 5' "$(ask "$b/count" '')"
is 'count 2' "$(ask "$b/count" $'? a foaf:Person\r')"

# A shell writes each line by itself: what is written before the answer is read is one question.
exec 3<>"$b/count"
printf 'by class\ntop 1\n? a ?\n' >&3
cat <&3 >seen
printf 'count 3\ngrouped 3\ngroups 2\nshown 1\n\n2\t<http://xmlns.com/foaf/0.1/Person>\n' | cmp - seen
# Then comes another, on the same open file, also in parts and before the answer was read to its end.
printf 'numbers\n? foaf:age ?\n' >&3
is 'count 1' "$(head -c 7 <&3)"
echo '? foaf:name ?' >&3
is 'count 1' "$(cat <&3)"
is '' "$(cat <&3)" 'what follows the end'
exec 3>&-
# A read takes as little as it likes.
exec 3<>"$b/match"
echo '? foaf:name ?' >&3
dd bs=7 count=3 <&3 >seen 2>dd.out
cat <&3 >>seen
{
    echo '# people.nt'
    grep name people
} | cmp - seen
exec 3>&-

# Nothing was asked; and who only reads is told how to ask.
exec 3<>"$b/match"
fails_with 'No data available' cat <&3
contains "$b/error" 'read match: nothing was asked: write a pattern before you read'
exec 3>&-
contains "$b/match" "echo '?s rdf:type ?class' >&3"
contains "$b/count" 'by class'
echo '? ? ?' >"$b/match"

# What is wrong is said where it is written; and no line behind it is taken for the whole.
refused() { # CONTROL TEXT REASON
    exec 3<>"$b/$1"
    fails_with 'Invalid argument' bash -c 'printf "%s" "$1" >&3' bash "$2"
    fails_with 'Invalid argument' bash -c 'echo "? ? ?" >&3'
    fails_with 'Invalid argument' cat <&3
    tail -n 2 "$b/error" >last
    contains last "write $1: $3"
    echo '? foaf:name ?' >&3
    is 1 "$(grep -c -e Ann -e 'count 1' <&3)"
    exec 3>&-
}
refused match '?s ?p "no end' 'column 7: '
refused match 'nobody:x' "column 1: unknown prefix 'nobody'"
refused match $'? a ?\n? a "' 'line 2, column 5'
refused count 'by colour' "there are no groups by 'colour': they are subject, predicate, object, class"
refused count $'by class\ntop none' "'top' takes a number from 1 on, not 'none'"
refused match 'limit 0' "'limit' takes a number from 1 on, not '0'"
refused match 'by class' ''
fails_with 'No such file' bash -c 'printf "path nowhere\n? ? ?" >"$1"' bash "$b/match"
contains "$b/error" "there is no 'nowhere' in the branch: name a triple file or a folder"
fails_with 'Not a directory' bash -c 'echo "path people.nt/x" >"$1"' bash "$b/count"
echo notes >"$main/notes.md"
exec 3<>"$b/match"
printf 'path notes.md\n? ? ?' >&3
fails_with 'Invalid argument' cat <&3
contains "$b/error" "'notes.md' is no triple file and no folder"
exec 3>&-
# NULs, and more than a question may have; a long one is fine, however it is cut.
exec 3<>"$b/match"
fails_with 'Invalid argument' bash -c "printf '? \\0 ?' >&3"
exec 3>&-
contains "$b/error" 'write match: a NUL is in it'
{
    for i in $(seq 1000); do echo "? ? \"$(printf '%0900d' "$i")\""; done
    echo '? foaf:name ?'
} >long
exec 3<>"$b/match"
cat long >&3
is 1 "$(grep -c Ann <&3)"
dd if=long bs=4096 of="$b/match" 2>dd.out
fails_with 'File too large' bash -c 'cat "$1" "$1" >&3' bash long
exec 3>&-
contains "$b/error" 'a question may have'

# The past, and what a merge left open.
triple 1 >"$main/people.nt"
is 'count 2' "$(ask "$b/at/head/.branch/count" '? a foaf:Person')"
ask "$b/at/head/.branch/match" '? foaf:name ?' >seen
contains seen Ann
is 'count 0' "$(ask "$b/count" '? a foaf:Person')"
fails_with 'Invalid argument' bash -c 'echo "\"" >"$1"' bash "$b/at/head/.branch/match"
contains "$b/error" 'write match: column 1'
cp people "$main/people.nt"
mkdir "$mnt/theirs"
sed -i 's/Ann/Anne/' "$mnt/theirs/people.nt"
sed -i 's/Ann/Anna/' "$main/people.nt"
fails_with '' bash -c 'echo theirs >"$1"' bash "$b/merge"
is 'count 5' "$(ask "$b/count" '? ? ?')"
ask "$b/match" '? foaf:name ?' >seen
contains seen Anna
echo abort >"$b/merge"

# The answer is about one moment. A branch that goes takes its questions with it.
for file in 1 2 3; do triples 1 60000 >"$mnt/theirs/$file.nt"; done
exec 3<>"$mnt/theirs/.branch/match"
echo '? ? ?' >&3
head -c 100 <&3 >part
echo gone >"$mnt/theirs/.branch/commit"
triple 1 >"$mnt/theirs/3.nt"
cat <&3 >>part
is 180010 "$(count_lines part)"
echo theirs >"$mnt/.store/discard"
echo '? ? ?' >&3
fails_with 'Stale file handle' cat <&3
exec 3>&-

# Names that would be lines of their own are not.
triple 1 >"$main/"$'two\nlines "quoted".nt'
ask "$b/match" "? ? \"1\"" >seen
contains seen '# two\x0Alines "quoted".nt'
ask "$b/count" $'by file\n? ? "1"' >seen
contains seen $'1\ttwo\\x0Alines "quoted".nt'
rm "$main/"two*

# Who may read may ask, who may not may not.
if [ "$(id -u)" = 0 ]; then
    as_nobody() {
        setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
    }
    chmod 755 "$main"
    is 666 "$(stat -c %a "$b/match")"
    is 644 "$(stat -c %a "$b/rewrite")"
    is 'count 5' "$(as_nobody bash -c 'exec 3<>"$1"; echo >&3; cat <&3' bash "$b/count")"
    fails_with 'Permission denied' as_nobody bash -c 'echo "foaf: schema:" >"$1"' bash "$b/rewrite"
    chmod 751 "$main"
    fails_with 'Permission denied' as_nobody bash -c 'exec 3<>"$1"' bash "$b/count"
    chmod 750 "$main"
    fails_with 'Permission denied' as_nobody bash -c 'exec 3<>"$1"' bash "$b/match"
fi
