# cp within a branch and across branches shares what is stored; so does a fork.
start
triples 1 400000 | shuf --random-source=<(yes) >in.nt
cp in.nt "$main/f.nt"
sort in.nt >expected
size=$(stat -c %s expected)
stored() { du -s --block-size=1 "$store" | cut -f 1; }
before=$(stored)
began=$(date +%s%N)
mkdir "$mnt/other"
for n in $(seq 1 30); do
    cp "$main/f.nt" "$main/copy$n.nt"
    cp "$main/f.nt" "$mnt/other/copy$n.nt"
    mkdir "$mnt/branch$n"
done
took=$((($(date +%s%N) - began) / 1000000))
grown=$(($(stored) - before))
[ $grown -lt $((size / 10)) ] || fail "61 copies of $size bytes and 31 forks took $grown bytes"
is_sanitized || [ $took -lt 3000 ] || fail "61 copies and 31 forks took $took ms"
same expected "$main/copy30.nt"
same expected "$mnt/other/copy7.nt"
# A copy is a file of its own.
triple new >>"$main/copy1.nt"
same expected "$main/f.nt"
is 400001 "$(count_lines "$main/copy1.nt")"
# Over a file with other content it replaces that.
triples 1 10 >"$main/small.nt"
cp "$main/f.nt" "$main/small.nt"
same expected "$main/small.nt"
cp "$main/f.nt" "$main/copied-as.txt"
same expected "$main/copied-as.txt"
remount
same expected "$mnt/other/copy30.nt"
