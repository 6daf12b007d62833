# sort -o opens its output without truncating it, then cuts it to nothing.
start
triples 1 5000 | sort >expected
cp expected "$main/f.nt"
sort -o "$main/f.nt" "$main/f.nt"
same expected "$main/f.nt"
sort -r -o "$main/f.nt" "$main/f.nt"
same expected "$main/f.nt"
triples 4000 6000 >more.nt
sort -u -o "$main/f.nt" "$main/f.nt" more.nt
triples 1 6000 | sort >expected
same expected "$main/f.nt"
# sort -c agrees that what is read is sorted, and sort -m merges it with another.
LC_ALL=C sort -c "$main/f.nt"
cp more.nt "$main/more.nt"
LC_ALL=C sort -m -u "$main/f.nt" "$main/more.nt" | cmp - expected
