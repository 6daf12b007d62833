# What a large file shows is written to the disk before it is read. If that cannot be, who asks is
# told so, and it is not taken for an empty file then or later.
need_root
mkdir disk
mount -t tmpfs -o size=128M tmpfs disk 2>/dev/null || skip 'no tmpfs can be mounted'
trap 'umount -l "$work/disk" 2>/dev/null; kill -KILL $(jobs -p) 2>/dev/null || true' EXIT
store=$work/disk/store
start memory=64M
triples 1 200000 >"$main/a.nt"
cp "$main/a.nt" "$main/a.ttl"
head -c 200000000 /dev/zero >disk/fill 2>/dev/null || true
fails_with 'No space left' stat "$main/a.ttl"
fails_with 'No space left' cat "$main/a.ttl"
contains "$main/.branch/error" 'stat a.ttl: no space left'
rm disk/fill
[ "$(stat -c %s "$main/a.ttl")" -gt 1000000 ]
is "$(stat -c %s "$main/a.ttl")" "$(wc -c <"$main/a.ttl")"
cp "$main/a.ttl" "$main/b.nt"
same "$main/a.nt" "$main/b.nt"
