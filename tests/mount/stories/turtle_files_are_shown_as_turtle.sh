# A Turtle file is written and read as Turtle by ordinary tools, with its own prefixes; what is kept
# is the set, which other syntaxes, branches, merges and the past show as well.
start
cat >in.ttl <<'END'
@prefix ex: <http://example.org/> .
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
# a comment
ex:ann a foaf:Person ; foaf:name "Ann", "Ann" ;
  foaf:knows [ foaf:name "Bob" ; foaf:age 42 ] .
ex:list ex:items ( 1 2 3 ) .
END
cat >shown.ttl <<'END'
@prefix ex: <http://example.org/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .

ex:ann
    a foaf:Person ;
    foaf:knows [
        foaf:age 42 ;
        foaf:name "Bob" ;
    ] ;
    foaf:name "Ann" ;
.

ex:list
    ex:items ( 1 2 3 ) ;
.
END
a=$main/a.ttl
cp in.ttl "$a"
same shown.ttl "$a"
sized() { # FILE: its size is that of what is read
    is "$(stat -c %s "$1")" "$(wc -c <"$1")" "the size of $1"
    is "$(stat -c %s "$1")" "$(cat "$1" | wc -c)" "the size of $1"
}
sized "$a"
ls -l "$main" >/dev/null
is "$(stat -c %s shown.ttl)" "$(stat -c %s "$a")"
is 12 "$(getfattr --absolute-names --only-values -n user.triplefs.triples "$a")"
is text/turtle "$(getfattr --absolute-names --only-values -n user.triplefs.format "$a")"
is 'ex: <http://example.org/>
foaf: <http://xmlns.com/foaf/0.1/>' "$(getfattr --absolute-names --only-values -n user.triplefs.prefixes "$a")"

# What is written back changes nothing; parts can be read as of any file.
cat "$a" >out.ttl
cat out.ttl >"$a"
same shown.ttl "$a"
tail -c 40 "$a" | cmp - <(tail -c 40 shown.ttl)
dd if="$a" bs=1 skip=50 count=30 status=none | cmp - <(dd if=shown.ttl bs=1 skip=50 count=30 status=none)
python3 -c '
import mmap, sys
with open(sys.argv[1], "rb") as f, mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ) as m:
    sys.stdout.buffer.write(m[:])' "$a" | cmp - shown.ttl

differing() { # FILE FILE: how many lines
    { diff "$1" "$2" || true; } | grep -c '^[<>]'
}
# An edit of a line is a line of the difference, inside of brackets too.
echo base >"$main/.branch/commit"
mkdir "$mnt/other"
sed -i 's/"Ann"/"Anna"/' "$a"
sized "$a"
is 2 "$(differing shown.ttl "$a")"
grep -q '^A <http://example.org/ann> <http://xmlns.com/foaf/0.1/name> "Anna"' "$main/.branch/diff/head"
sed -i 's/age 42/age 43/' "$mnt/other/a.ttl"
is 2 "$(differing shown.ttl "$mnt/other/a.ttl")"
is 2 "$(grep -c '^[AD] _:' "$mnt/other/.branch/diff/head")"
is 4 "$(differing "$a" "$mnt/other/a.ttl")"
# The two go together.
echo other >"$main/.branch/merge"
sed 's/"Ann"/"Anna"/; s/age 42/age 43/' shown.ttl | cmp - "$a"
sized "$a"
# The past is as it was, and a patch makes it so.
cmp "$main/.branch/at/head~1/a.ttl" <(sed 's/"Ann"/"Anna"/' shown.ttl)
"$TRIPLEFS" -C "$main" diff head~1 head >patch
echo head~1 >"$main/.branch/reset"
cmp "$a" <(sed 's/"Ann"/"Anna"/' shown.ttl)
"$TRIPLEFS" -C "$main" patch "$work/patch" >/dev/null
sed 's/"Ann"/"Anna"/; s/age 42/age 43/' shown.ttl | cmp - "$a"

# What is added may use the file's prefixes, and bring its own; each of these is a whole text.
echo 'ex:bob a foaf:Person .' >>"$a"
echo '@prefix q: <http://q.org/> . q:x a q:Y .' >>"$a"
grep -qx 'ex:bob' "$a"
grep -qx 'q:x' "$a"
grep -qx '@prefix q: <http://q.org/> .' "$a"
sized "$a"
(
    echo '@prefix ex: <http://ex/> .'
    echo 'ex:a ex:b ex:c .'
) >"$main/x.ttl"
(
    printf 'ex:a ex:b '
    echo 'ex:d .'
) >>"$main/x.ttl"
is '@prefix ex: <http://ex/> .

ex:a
    ex:b ex:c ,
        ex:d ;
.' "$(cat "$main/x.ttl")"

# Another name, another syntax; whoever has it open goes on reading what he opened.
cat "$a" >before.ttl
exec 3<"$a"
mv "$a" "$main/a.nt"
sized "$main/a.nt"
sort -c "$main/a.nt"
is "$(getfattr --absolute-names --only-values -n user.triplefs.triples "$main/a.nt")" "$(count_lines "$main/a.nt")"
cmp before.ttl <(cat <&3)
exec 3<&-
mv "$main/a.nt" "$a"
same before.ttl "$a"
sized "$a"
cp "$a" "$main/b.nt"
cp "$main/b.nt" "$main/c.ttl"
cmp "$main/b.nt" <("$TRIPLEFS" sort "$main/b.nt")
is "$(getfattr --absolute-names --only-values -n user.triplefs.sha256 "$a")" "$(sha256sum <"$main/b.nt" | cut -d ' ' -f 1)"
is "$(getfattr --absolute-names --only-values -n user.triplefs.sha256 "$a")" \
    "$(getfattr --absolute-names --only-values -n user.triplefs.sha256 "$main/c.ttl")"

# One that brought no prefixes is shown with the store's, whatever they become; its own can be given.
cat "$main/c.ttl" >/dev/null
echo 'mine: <http://example.org/>' >>"$mnt/.store/prefixes"
grep -qx 'mine:ann' "$main/c.ttl"
sized "$main/c.ttl"
same before.ttl "$a"
setfattr -n user.triplefs.prefixes -v 'hers: <http://example.org/>' "$main/c.ttl"
grep -qx 'hers:ann' "$main/c.ttl"
sized "$main/c.ttl"
fails_with 'Invalid argument' setfattr -n user.triplefs.prefixes -v 'no prefixes' "$main/c.ttl"
grep -qx 'hers:ann' "$main/c.ttl"
setfattr -x user.triplefs.prefixes "$main/c.ttl"
grep -qx 'mine:ann' "$main/c.ttl"
sized "$main/c.ttl"

# A mount later all is the same.
cat "$main/c.ttl" >c.ttl
remount
same before.ttl "$a"
same c.ttl "$main/c.ttl"
sized "$a"
