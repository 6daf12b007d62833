# Sparse and large ones, odd names, random writes.
start
# 3 TiB with a little at both ends: nothing is stored for the hole.
truncate -s 3T "$main/sparse"
printf head | dd of="$main/sparse" conv=notrunc status=none
printf tail | dd of="$main/sparse" bs=1 seek=$((3 << 40)) oflag=seek_bytes conv=notrunc status=none
is $(((3 << 40) + 4)) "$(stat -c %s "$main/sparse")"
is head "$(head -c 4 "$main/sparse")"
is tail "$(tail -c 4 "$main/sparse")"
is 0 "$(dd if="$main/sparse" bs=1M skip=1000000 count=3 status=none | tr -d '\0' | wc -c)"
[ "$(du -s --block-size=1M "$store" | cut -f 1)" -lt 100 ] || fail 'holes cost room'

head -c 20000000 /dev/urandom >large
cp large "$main/large"
same large "$main/large"
cp "$main/large" "$main/copy"
printf X | dd of="$main/copy" bs=1 seek=10000000 conv=notrunc status=none
same large "$main/large"
printf X | dd of=large bs=1 seek=10000000 conv=notrunc status=none
same large "$main/copy"

for name in ' ' '-n' $'a\nb' $'tab\t' '*' '"' "'" 'ünï' $'\xff\xfe' '.hidden' 'f.NT' '.nt' 'a.nt~' 'a.nt.bak' \
    $'\001' '#x#' 'a\b' '日本.txt'; do
    printf '%s' "$name" >"$main/$name"
    is "$name" "$(cat -- "$main/$name")"
done
mkdir -p odd/main
tar -c --exclude=./sparse -C "$main" . | tar -x -C odd/main
diff -r --exclude=sparse "$main" odd/main
remount
same large "$main/copy"
is tail "$(tail -c 4 "$main/sparse")"
diff -r --exclude=sparse "$main" odd/main
rm -r "$main"/* "$main"/.hidden "$main"/.nt
is '' "$(ls -A "$main")"
