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

# By mount(8) itself: mount.fuse3(8) looks for the program in PATH, and a table stands for fstab(5).
if [ "$(id -u)" = 0 ] && [ -x /sbin/mount.fuse3 ]; then
  [ "$(basename "$triplefs")" = triplefs ] || fail "the program has another name"
  PATH=$(dirname "$triplefs"):$PATH mount -t fuse.triplefs -o threads=2 "$work/s" "$work/point"
  [ -e point/main/a.nt ] || fail "not mounted by mount(8)"
  "$triplefs" umount point
  echo "$work/s $work/point fuse.triplefs noauto,allow_other 0 0" > table
  PATH=$(dirname "$triplefs"):$PATH mount -T table "$work/point"
  [ -e point/main/a.nt ] || fail "not mounted by a table"
  umount point
fi
