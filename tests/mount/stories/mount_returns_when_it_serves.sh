# Without -f a process in the background goes on serving.
make_store "$store"
mkdir -p "$mnt"
"$TRIPLEFS" mount "$store" "$mnt" </dev/null >mount.log 2>&1 || fail "mount: $(cat mount.log)"
sed -n 's/^pid //p' "$store/lock" >daemon.pid
triples 1 3 >"$main/f.nt"
is 3 "$(count_lines "$main/f.nt")"
[ "$(readlink "/proc/$(cat daemon.pid)/cwd")" = / ] || fail 'the daemon keeps a folder busy'
# While somebody uses it, it stays, and umount says who.
exec 3<"$main/f.nt"
fails_with 'in use by' "$TRIPLEFS" umount "$mnt"
contains said "bash ($$)"
exec 3<&-
"$TRIPLEFS" umount "$mnt"
# umount returns when the store is free.
check_store "$store"
fails_with 'nothing is mounted' "$TRIPLEFS" umount "$mnt"
# A signal to end is a clean end.
mount_store
triple 4 >>"$main/f.nt"
kill -TERM "$daemon"
status=0
wait "$daemon" || status=$?
daemon=
is 0 $status
! is_mounted || fail 'it is still mounted'
mount_store
is 4 "$(count_lines "$main/f.nt")"
unmount_store
mount_store ro
is 4 "$(count_lines "$main/f.nt")"
fails_with 'Read-only file system' touch "$main/x"
fails_with 'Read-only file system' mkdir "$mnt/x"
