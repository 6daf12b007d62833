# In every way that text can be bad: the file keeps its content, the text is kept, the error says where.
start
triples 1 10 | sort >good
cp good "$main/f.nt"
b=$main/.branch
refused() { # FILE LINE COLUMN: writing bad is refused there, and stays whole in rejected/
    fails_with 'Invalid argument' cp bad "$main/$1"
    contains "$b/error" "$1: line $2, column $3"
    cmp bad "$b/rejected/$1" || fail "rejected/$1 is not the text"
    rm "$b/rejected/$1"
    [ ! -e "$b/rejected/$1" ] || fail 'rm clears'
    same good "$main/f.nt"
}

{ head -n 3 good; echo '<http://e/a> <http://e/b> .'; tail -n 3 good; } >bad
refused f.nt 4 27
tail -n 3 "$b/error" >error
contains error '<http://e/a> <http://e/b> .'
caret=$(grep -E '^ *\^$' error) || fail "no caret: $(cat error)"
text=$(grep -F '<http://e/a> <http://e/b> .' error)
lead=${text%%<*}
is $((${#lead} + 26)) $((${#caret} - 1)) 'where the caret is'

{ cat good; printf '<http://e/a> <http://e/b> "\xc3\x28" .\n'; } >bad
refused f.nt 11 28
{ cat good; printf '<http://e/ä> <http://e/ö> "ü" "x" .\n'; } >bad
refused f.nt 11 31
head -c 100000 /dev/zero >bad
refused f.nt 1 1
printf '<http://e/a> <http://e/b>' >bad
refused f.nt 1 26
printf '<http://e/a> <http://e/b> "x" <http://e/g> .\n' >bad
refused f.nt 1 31
printf '<relative> <http://e/b> "x" .\n' >bad
refused f.nt 1 2
printf '\xef\xbb\xbf<http://e/a> <http://e/b> "x" .\n' >bad
refused f.nt 1 1
printf '@prefix e: <http://e/> .\n' >bad
refused f.nt 1 1
# Large, and bad at its very end.
{ triples 1 60000; echo 'the end'; } >bad
refused f.nt 60001 1
# Into a name that was not there: the file is empty then, or is not there.
mkdir "$main/d"
fails_with 'Invalid argument' cp bad "$main/d/new.nt"
cmp bad "$b/rejected/d/new.nt"
is 0 "$(cat "$main/d/new.nt" 2>/dev/null | wc -c)"
rm -f "$main/d/new.nt"

# Each way to write.
echo 'bad line' >bad
fails_with 'Invalid argument' bash -c 'cat bad >>"$1"' bash "$main/f.nt"
same good "$main/f.nt"
fails_with 'Invalid argument' bash -c 'echo bad line >"$1"' bash "$main/f.nt"
same good "$main/f.nt"
is 'bad line' "$(cat "$b/rejected/f.nt")"
fails_with 'Invalid argument' bash -c 'printf "%s\n" "bad line" >>"$1"' bash "$main/f.nt"
fails_with 'Invalid argument' dd if=bad of="$main/f.nt" conv=notrunc status=none
fails_with 'Invalid argument' tee "$main/f.nt" <bad
cp bad "$main/temp"
fails_with EINVAL "$POKE" rename "$main/temp" "$main/f.nt"
same good "$main/f.nt"
is 'bad line' "$(cat "$main/temp")"
rm "$main/temp"

# The last 8 errors are kept; rejected/ lists what there is, also after a remount.
for i in $(seq 1 10); do
    put_failing "$main/n$i.nt" "bad $i"
done
is 8 "$(grep -c 'n[0-9]*\.nt: line 1' "$b/error")"
remount
same good "$main/f.nt"
is 'bad 7' "$(cat "$b/rejected/n7.nt")"
is 12 "$(find "$b/rejected" -type f | wc -l)"
rm -r "$b"/rejected/*
is 0 "$(find "$b/rejected" -type f | wc -l)"

# A good text after a bad one, through the same writer or the next.
cp good "$main/n1.nt"
same good "$main/n1.nt"
