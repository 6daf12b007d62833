# RDF Patch text that is written to `patch` takes effect as a whole, or not at all.
start
b=$main/.branch
triples 1 10 >"$main/people.nt"
triples 1 5 >"$main/places.nt"
echo one >"$b/commit"

patch_of() { # PATH REMOVED ADDED: numbers of triples
    echo "H path \"$1\" ."
    echo 'TX .'
    for n in $2; do echo "D $(triple "$n")"; done
    for n in $3; do echo "A $(triple "$n")"; done
    echo 'TC .'
}
patch_of people.nt '1 2' '11 12 13' >p
cat p >"$b/patch"
triples 3 13 | sort >expected
same expected "$main/people.nt"
grep -qE '^M\s+people\.nt\s+\+3 -2$' "$b/status" || fail "status: $(cat "$b/status")"
cat "$b/patch" >report
is 'paths 1 added 3 removed 2 ignored 0' "$(grep -v ^date report | paste -sd ' ')"

# Written again it changes nothing.
cat p >"$b/patch"
same expected "$main/people.nt"
is 'paths 0 added 0 removed 0 ignored 5' "$(grep -v ^date "$b/patch" | paste -sd ' ')"

# Line by line, as bash does it, in one text or several that follow each other.
printf '%s\n' "$(patch_of people.nt '3' '14')" >"$b/patch"
{
    head -n 2 p
    echo "A $(triple 15)"
    echo 'TC .'
} | sed -u '' >"$b/patch"
triples 4 15 | sort >expected
same expected "$main/people.nt"

# Several files: none of it takes effect if one is bad.
{
    patch_of people.nt '4' '20'
    patch_of places.nt '1' '21'
    patch_of nowhere.nt '1' '22'
} >several
sha256sum "$main"/*.nt >before
fails_with '' cp several "$b/patch"
sha256sum "$main"/*.nt | same before -
contains "$b/error" nowhere.nt
{
    patch_of people.nt '4' '20'
    patch_of places.nt '1' '21'
} >several
cat several >"$b/patch"
is 'paths 2 added 2 removed 2 ignored 0' "$(grep -v ^date "$b/patch" | paste -sd ' ')"
cp "$main/people.nt" people.nt
cp "$main/places.nt" places.nt

# Bad text says the line.
{
    head -n 3 several
    echo 'A <http://example.org/a> "no predicate" .'
    echo 'TC .'
} >bad
fails_with 'Invalid argument' cp bad "$b/patch"
contains "$b/error" 'line 4'
# A text that was cut may look well up to there.
head -n -1 several >cut
fails_with 'Invalid argument' cp cut "$b/patch"
contains "$b/error" "does not end with 'TC .'"
# Rows without a header do not say which file they are for.
grep -v ^H p >bare
fails_with 'Invalid argument' cp bare "$b/patch"
same people.nt "$main/people.nt"
same places.nt "$main/places.nt"

# A patch of many writes(2), with a transaction that ends where a write ends.
for n in $(seq 1 400); do patch_of "many/$n.nt" '' "$n" | sed '1a H kind "added" .'; done >many
{
    echo 'H path "many/" .'
    echo 'H kind "added" .'
    echo 'H type "folder" .'
    printf 'TX .\nTC .\n'
} >folder
fill=$((8192 - $(stat -c %s folder)))
# The first 8192 bytes are complete transactions.
size=0 count=0
while :; do
    count=$((count + 1))
    part=$(sed -n "/many\/$count.nt/,/^TC/p" many | wc -c)
    [ $((size + part)) -le $((fill - 60)) ] || break
    size=$((size + part))
done
head -c "$size" many >head
rest=$((fill - size - $(printf 'H path "many/.nt" .\nH kind "added" .\nTX .\nTC .\n' | wc -c)))
{
    cat folder head
    printf 'H path "many/%s.nt" .\nH kind "added" .\nTX .\nTC .\n' "$(head -c "$rest" /dev/zero | tr '\0' x)"
} >first
is 8192 "$(stat -c %s first)" 'the first part'
tail -c +$((size + 1)) many >second
{
    cat first second
    echo 'H path "many/1.nt" .'
    echo 'H kind "added" .'
    echo 'TX .'
} >whole.cut
fails_with 'Invalid argument' dd if=whole.cut of="$b/patch" bs=4096 conv=notrunc
[ ! -e "$main/many" ] || fail 'a part of the patch was applied'
cat first second >whole
dd if=whole of="$b/patch" bs=4096 conv=notrunc 2>/dev/null
is 401 "$(ls "$main/many" | wc -l)"

# What is applied can be seen as a whole, or not at all, and survives.
remount
same people.nt "$main/people.nt"
is 401 "$(ls "$main/many" | wc -l)"
