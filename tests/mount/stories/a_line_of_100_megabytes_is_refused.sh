# It is too long for a statement: refused, kept whole, and the daemon stays within its memory.
start memory=128M
triples 1 10 | sort >good
cp good "$main/f.nt"
{
    cat good
    printf '<http://e/a> <http://e/b> "'
    head -c 100000000 /dev/zero | tr '\0' x
    printf '" .\n'
} >bad
fails_with 'Invalid argument' cp bad "$main/f.nt"
same good "$main/f.nt"
# cp stops at the write that failed; what it wrote up to there is kept.
kept=$(stat -c %s "$main/.branch/rejected/f.nt")
[ "$kept" -gt $((16 << 20)) ] || fail "no more than $kept bytes are kept"
head -c "$kept" bad | cmp - "$main/.branch/rejected/f.nt"
contains "$main/.branch/error" 'f.nt: line 11, column'
[ "$(wc -c <"$main/.branch/error")" -lt 4000 ] || fail 'the error quotes too much'
# A line of some megabytes is a line.
{
    printf '<http://e/a> <http://e/b> "'
    head -c 5000000 /dev/zero | tr '\0' x
    printf '" .\n'
} >long
cp long "$main/f.nt"
same long "$main/f.nt"
peak=$(awk '/VmHWM/ { print int($2 / 1024) }' "/proc/$daemon/status")
is_sanitized || [ "$peak" -lt 400 ] || fail "the daemon took $peak MiB"
