need_root
need setpriv fusermount3
[ -u "$(readlink -f "$(command -v fusermount3)")" ] || skip 'fusermount3 is not set-uid'
[ "$(stat -c %a /dev/fuse)" = 666 ] || setpriv --reuid=65534 --regid=65534 --clear-groups test -w /dev/fuse ||
    skip 'users may not use /dev/fuse'
mkdir "$mnt" home
chown 65534:65534 "$work" "$mnt" home
as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
as_nobody "$TRIPLEFS" init "$store"
as_nobody "$TRIPLEFS" mount "$store" "$mnt" >mount.log 2>&1 || fail "$(cat mount.log)"
sed -n 's/^pid //p' "$store/lock" >daemon.pid
triples 1 3 >in.nt
as_nobody cp in.nt "$main/f.nt"
is 3 "$(as_nobody cat "$main/f.nt" | wc -l)"
is 65534 "$(as_nobody stat -c %u "$main/f.nt")"
as_nobody "$TRIPLEFS" umount "$mnt"
check_store "$store"
