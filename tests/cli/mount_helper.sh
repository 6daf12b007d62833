#!/usr/bin/env bash
# The program is a helper of mount(8): by its name, and as mount.fuse3(8) calls it.
# shellcheck source=tests/cli/common.bash
. "$(dirname "$0")/common.bash"

"$triplefs" init s
mkdir point
mounts+=("$work/point")
ln -s "$triplefs" mount.fuse.triplefs

# -f is mount's "fake" here.
./mount.fuse.triplefs s point -f -n -v -o rw,noauto,nofail,x-systemd.automount,allow_other -t fuse.triplefs
! mountpoint -q point || fail "mounted for a fake"
status=0
./mount.fuse.triplefs s point -f -o huge 2> output || status=$?
[ "$status" = 2 ] || fail "an unknown option was taken"
./mount.fuse.triplefs s point -sf -o huge

./mount.fuse.triplefs "$work/s" "$work/point" -o rw,threads=2,memory=128M
mountpoint -q point || fail "not mounted"
: > point/main/a.nt
"$triplefs" umount point

./mount.fuse.triplefs s point -o ro
! : 2> output > point/main/b.nt || fail "written although ro"
grep -q 'Read-only file system' output
"$triplefs" umount point

# As mount.fuse3(8) calls it.
"$triplefs" "$work/s" "$work/point" -o rw,dev,suid
[ -e point/main/a.nt ] || fail "not mounted"
"$triplefs" umount point

# By mount(8) itself, which looks for the program where it is installed. In a mount namespace of its
# own a folder with the program stands for /usr/local/bin, and a table for fstab(5).
if [ "$(id -u)" = 0 ] && [ -x /sbin/mount.fuse3 ]; then
  mkdir bin
  ln -s "$triplefs" bin/triplefs
  echo "$work/s $work/point fuse.triplefs noauto,allow_other 0 0" > table
  cat > by_mount << 'END'
set -e
mount --bind "$1/bin" /usr/local/bin
mount -t fuse.triplefs -o threads=2 "$1/s" "$1/point"
[ -e "$1/point/main/a.nt" ]
/usr/local/bin/triplefs umount "$1/point"
mount -T "$1/table" "$1/point"
[ -e "$1/point/main/a.nt" ]
umount "$1/point"
mount -t fuse "triplefs#$1/s" "$1/point"
[ -e "$1/point/main/a.nt" ]
/usr/local/bin/triplefs umount "$1/point"
END
  unshare --mount bash by_mount "$work" > output 2>&1 || fail "not mounted by mount(8)"
fi
