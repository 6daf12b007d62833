# Without root's rights: fusermount3 makes the mount, and nobody else sees what is in it.
need_root
need setpriv unshare fusermount3
[ -u "$(readlink -f "$(command -v fusermount3)")" ] || skip 'fusermount3 is not set-uid'
mkdir "$mnt"
chown 65534:65534 "$work" "$mnt"
cat >inside.sh <<'TEXT'
set -euo pipefail
store=$1 mnt=$2
# Where only root may use the device, a place with another one in it serves as well.
if ! setpriv --reuid=65534 --regid=65534 --clear-groups test -w /dev/fuse; then
    mknod -m 666 device c 10 229
    mount --bind device /dev/fuse
fi
cat >user.sh <<'USER'
set -euo pipefail
store=$1 mnt=$2
"$TRIPLEFS" init "$store"
"$TRIPLEFS" mount "$store" "$mnt"
sed -n 's/^pid //p' "$store/lock" >daemon.pid
echo '<http://e/a> <http://e/b> <http://e/c> .' >"$mnt/main/f.nt"
cat "$mnt/main/f.nt"
stat -c %u "$mnt/main/f.nt"
USER
setpriv --reuid=65534 --regid=65534 --clear-groups bash user.sh "$store" "$mnt"
if ls "$mnt" 2>/dev/null; then echo 'root sees it'; fi
setpriv --reuid=65534 --regid=65534 --clear-groups "$TRIPLEFS" umount "$mnt"
setpriv --reuid=65534 --regid=65534 --clear-groups "$TRIPLEFS" check "$store" >/dev/null
TEXT
unshare --mount bash inside.sh "$store" "$mnt" >seen.log 2>&1 || fail "$(cat seen.log)"
is "<http://e/a> <http://e/b> <http://e/c> .
65534" "$(grep -v '^triplefs: serving' seen.log)"
