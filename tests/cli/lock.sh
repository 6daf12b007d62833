#!/usr/bin/env bash
# A store has one user at a time: the next one is told who, where and since when; umount returns
# when the store is free, and says who keeps a mount busy.
# shellcheck source=tests/cli/common.bash
. "$(dirname "$0")/common.bash"

"$triplefs" init s
echo '<a:b> <c:d> "e" .' > a.nt
mkdir point other
mount_store s point
grep -q "$work/point fuse.triplefs " /proc/self/mounts || fail "not of the type fuse.triplefs"
pid=$(sed -n 's/^pid //p' s/lock)
who="store $work/s is in use: mounted at $work/point by process $pid \(triplefs mount\) on .* since [0-9]{4}-.*; unmount it first: triplefs umount $work/point"
refuses 1 "$who" mount s other
refuses 1 "$who" check s
refuses 1 "$who" export s main a.nt
refuses 1 "$who; or copy into the mounted branch: cp FILE $work/point/main/" import s main a.nt
mkdir again && "$triplefs" init second
refuses 1 "cannot mount at $work/point: store $work/s is mounted there" mount second point
refuses 1 "s is a store, and mounted at $work/point" umount s

# In use.
cp a.nt point/main/
exec 3< point/main/a.nt
refuses 1 "point is in use by .*bash \($$\)" umount point
exec 3<&-
cat point/main/a.nt > /dev/null

# Free at once, many times over; also after umount(8), which does not wait.
for round in 1 2 3 4 5; do
  "$triplefs" umount point
  [ ! -s s/lock ] || fail "round $round: still signed"
  ! mountpoint -q point || fail "round $round: still mounted"
  mount_store s point
done
if [ "$(id -u)" = 0 ]; then
  for round in 1 2 3 4 5; do
    umount point
    mount_store s point
  done
fi
[ "$(cat point/main/a.nt)" = "$(cat a.nt)" ] || fail "the file is lost"

# A process that died leaves no lock, and its mount can be cleared away.
pid=$(sed -n 's/^pid //p' s/lock)
kill -KILL "$pid"
while kill -0 "$pid" 2> /dev/null; do sleep 0.05; done
refuses 1 'a file system is mounted whose process is gone|is mounted there' mount s point
"$triplefs" umount point
mount_store s point
[ "$(cat point/main/a.nt)" = "$(cat a.nt)" ] || fail "the file is lost"
"$triplefs" umount point
refuses 1 'nothing is mounted at point' umount point
refuses 1 'No such file' umount none
refuses 1 'is no triplefs store but' umount /proc
refuses 2 'no mountpoint given' umount
