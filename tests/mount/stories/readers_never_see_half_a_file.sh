# A writer rewrites a file in each way that tools do; whoever reads sees one version, whole.
start
version() { # V LINES
    seq -f "<http://example.org/%g> <http://example.org/p> \"$1\" ." 1 "$2"
}
is_one_version() { # FILE
    awk '{ seen[$3]++ } END { for (v in seen) n++; exit !(n == 1 && (NR == 300 || NR == 40000)) }' "$1"
}
reader() { # NAME
    local reads=0
    while ! [ -e stop ]; do
        cat "$main/f.nt" >"$1"
        is_one_version "$1" || fail "read $reads of $1 saw half a file"
        reads=$((reads + 1))
    done
    [ $reads -gt 3 ] || fail "$1 came to no more than $reads reads"
}
version 0 300 >"$main/f.nt"
reader one &
one=$!
reader two &
two=$!
# A descriptor that is open goes on reading the version that it opened.
exec 3<"$main/f.nt"
for v in $(seq 1 12); do
    version "$v" 300 >"$main/f.nt"
    version "$v" 300 | sed "s/\"$v\"/\"r$v\"/" >new
    cp new "$main/f.nt"
    sed -i 's/"r/"s/' "$main/f.nt"
    cp new "$main/.f.tmp"
    mv "$main/.f.tmp" "$main/f.nt"
    sort -r -o "$main/f.nt" "$main/f.nt"
done
# A large one, and one that takes its time.
version large 40000 >new
cp new "$main/f.nt"
{
    version slow 300 | sed -n 1,150p
    sleep 0.3
    version slow 300 | sed -n 151,300p
} | cat >"$main/f.nt"
touch stop
wait "$one" && wait "$two" || fail 'a reader saw half a file'
cat <&3 >old
version 0 300 | sort >expected
same expected old
exec 3<&-
version slow 300 | sort >expected
same expected "$main/f.nt"
