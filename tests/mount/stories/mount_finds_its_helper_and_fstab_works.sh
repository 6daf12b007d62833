# mount -t fuse.triplefs asks mount.fuse3, or mount.fuse.triplefs, which is our program by that name.
need_root
need mount unshare
make_store "$store"
mkdir -p "$mnt" bin
cp "$TRIPLEFS" bin/mount.fuse.triplefs
cat >fstab <<TEXT
$store $mnt fuse.triplefs memory=64M,allow_other 0 0
TEXT
# In a mount namespace of its own, where the helper's folder can be put over /sbin's.
cat >inside.sh <<'TEXT'
set -euo pipefail
work=$1 store=$2 mnt=$3
mkdir -p "$work/upper" "$work/sbin"
cp -P /sbin/mount.* "$work/sbin/" 2>/dev/null || true
cp "$work/bin/mount.fuse.triplefs" "$work/sbin/"
mount --bind "$work/sbin" "$(realpath /sbin)"
PATH=/usr/bin:/bin:/sbin:/usr/sbin
/bin/mount -t fuse.triplefs -o memory=64M "$store" "$mnt"
echo '<http://e/a> <http://e/b> <http://e/c> .' >"$mnt/main/f.nt"
/bin/umount "$mnt"
mount_point_free() { ! grep -qF " $mnt fuse" /proc/self/mounts; }
mount_point_free
for i in $(seq 1 100); do /bin/mount --fstab "$work/fstab" "$mnt" && break; sleep 0.1; done
grep -F "$mnt" /proc/self/mounts | grep -q allow_other
cat "$mnt/main/f.nt"
/bin/umount "$mnt"
TEXT
is '<http://e/a> <http://e/b> <http://e/c> .' \
    "$(unshare --mount bash inside.sh "$work" "$store" "$mnt" 2>inside.log || cat inside.log)"
is_free() { flock -n "$store/lock" true; }
wait_until 20 is_free
