start
triples 1 100 | shuf >local
sort local >expected
cp local "$main/f.txt"
same local "$main/f.txt"
mv "$main/f.txt" "$main/f.nt"
same expected "$main/f.nt"
# The other way keeps the text.
mv "$main/f.nt" "$main/g.txt"
same expected "$main/g.txt"
echo 'now a plain line' >>"$main/g.txt"
{ cat expected; echo 'now a plain line'; } >bad
same bad "$main/g.txt"
# Bad text keeps its name, and both files are as they were.
fails_with EINVAL "$POKE" rename "$main/g.txt" "$main/new.nt"
same bad "$main/g.txt"
[ ! -e "$main/new.nt" ] || fail 'new.nt came to be'
contains "$main/.branch/error" 'line 101, column 1'
cp expected "$main/there.nt"
fails_with EINVAL "$POKE" rename "$main/g.txt" "$main/there.nt"
same bad "$main/g.txt"
same expected "$main/there.nt"
fails_with EINVAL "$POKE" rename-exchange "$main/g.txt" "$main/there.nt"
same expected "$main/there.nt"

echo '<http://e/a> <http://e/b> "x" <http://e/g> .' >"$main/q.nq"
fails_with EINVAL "$POKE" rename "$main/q.nq" "$main/q.nt"
is 1 "$(count_lines "$main/q.nq")"
mv "$main/there.nt" "$main/there.nq"
same expected "$main/there.nq"

# In a folder that moves, names stay what they are.
mkdir "$main/d"
mv "$main/there.nq" "$main/d/"
mv "$main/d" "$main/e.nt"
same expected "$main/e.nt/there.nq"
# Large ones are parsed as well.
triples 1 60000 | shuf >local
cp local "$main/big.txt"
mv "$main/big.txt" "$main/big.nt"
sort local | cmp - "$main/big.nt"
remount
same bad "$main/g.txt"
