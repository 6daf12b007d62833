# Parts of plain files byte for byte; of triple files through their canonical text.
start
head -c 200000 /dev/urandom >local
cp local "$main/bin"
printf XYZ | dd of=local bs=1 seek=70000 conv=notrunc status=none
printf XYZ | dd of="$main/bin" bs=1 seek=70000 conv=notrunc status=none
same local "$main/bin"
printf end >>local
printf end | dd of="$main/bin" oflag=append conv=notrunc status=none
same local "$main/bin"
for size in 150000 65536 65537 1000 0 99999 1M; do
    truncate -s $size local "$main/bin"
    same local "$main/bin"
done
dd if=/dev/urandom bs=1000 count=3 seek=40 conv=notrunc status=none >piece
dd if=piece of=local bs=777 seek=500 conv=notrunc status=none
dd if=piece of="$main/bin" bs=777 seek=500 conv=notrunc status=none
same local "$main/bin"

triples 10 99 | sort >expected
cp expected "$main/f.nt"
# The same length in place: the third line's subject, in a file of lines of one length.
line=$(head -n 1 expected | wc -c)
printf '<http://example.org/s/zz>' | dd of="$main/f.nt" bs=1 seek=$((2 * line)) conv=notrunc status=none
sed '3s,s/..>,s/zz>,' expected | sort >edited
same edited "$main/f.nt"
triple more | dd of="$main/f.nt" oflag=append conv=notrunc status=none
{ cat edited; triple more; } | sort >expected
same expected "$main/f.nt"
# Cut behind a whole line; in the middle of one is refused, and nothing changes.
truncate -s $((10 * line)) "$main/f.nt"
head -n 10 expected >cut
same cut "$main/f.nt"
fails_with 'Invalid argument' truncate -s $((10 * line - 4)) "$main/f.nt"
same cut "$main/f.nt"
truncate -s 0 "$main/f.nt"
is 0 "$(stat -c %s "$main/f.nt")"
