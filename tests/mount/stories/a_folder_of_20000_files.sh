start
mkdir -p tree/many
(cd tree/many && seq 1 20000 | while read -r n; do echo "<http://e/$n> <http://e/p> <http://e/o> ." >"file$n.nt"; done)
# tar makes them quickly.
tar -c -C tree many | tar -x -C "$main"
is 20000 "$(ls "$main/many" | wc -l)"
is 20000 "$(ls -l "$main/many" | grep -c '^-rw')"
is "$(cat tree/many/file777.nt)" "$(cat "$main/many/file777.nt")"
unmount_store
mount_store
is 20000 "$(find "$main/many" -name '*.nt' -size -2 | wc -l)"
is "$(cat tree/many/*.nt | sort | sha256sum)" "$(cat "$main"/many/*.nt | sort | sha256sum)"
mkdir "$mnt/other"
# Removing while listing misses nothing.
rm -r "$mnt/other/many"
is '' "$(ls -A "$mnt/other")"
is 20000 "$(ls "$main/many" | wc -l)"
