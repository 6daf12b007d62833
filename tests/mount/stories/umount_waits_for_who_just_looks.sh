# A program that looks at the mount at the wrong moment, as df(1) may, does not keep it from being
# unmounted. One that uses it does, and is named.
need_root
need python3
start
python3 -c '
import os, sys, time
while True:
    try:
        os.statvfs(sys.argv[1])
    except OSError:
        pass
    time.sleep(0.0001)' "$main" &
looker=$!
for _ in $(seq 30); do
    remount
done
kill "$looker"
wait "$looker" || true
exec {used}<"$main"
fails_with "bash ($$)" "$TRIPLEFS" umount "$mnt"
exec {used}<&-
