# Whoever opens a store that is mounted is told who holds it.
start
mkdir second
fails_with "$mnt" "$TRIPLEFS" mount -f "$store" second
contains said "$daemon"
fails_with "$mnt" "$TRIPLEFS" mount "$store" second
fails_with "$mnt" "$TRIPLEFS" check "$store"
triples 1 3 >in.nt
fails_with "$mnt" "$TRIPLEFS" import "$store" main in.nt
fails_with "$mnt" "$TRIPLEFS" export -o out "$store" main
# The same mountpoint for another store.
make_store other
fails_with "$mnt" "$TRIPLEFS" mount -f other "$mnt"
triples 1 3 >"$main/f.nt"
# Killed, the mount stays without a daemon; the store is free.
kill -KILL "$daemon"
wait "$daemon" 2>/dev/null || true
daemon=
fails_with 'Transport endpoint' cat "$main/f.nt"
fails_with "triplefs umount $mnt" "$TRIPLEFS" mount "$store" "$mnt"
"$TRIPLEFS" umount "$mnt"
mount_store
is 3 "$(count_lines "$main/f.nt")"
