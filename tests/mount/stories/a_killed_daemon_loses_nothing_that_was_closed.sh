start
triples 1 1000 | sort >expected
triples 1 60000 | sort >large
cp expected "$main/f.nt"
cp large "$main/large.nt"
echo notes >"$main/notes.md"
mkdir -p "$main/d/e" "$mnt/other"
mv "$main/notes.md" "$main/d/e/"
ln -s f.nt "$main/link"
chmod 600 "$main/f.nt"
setfattr -n user.x -v y "$main/f.nt"
rm "$mnt/other/f.nt"
put_failing "$main/bad.nt" bad
# In the middle of a write: the file stays what it was.
{ triple unfinished; exec sleep 100; } >"$main/f.nt" &
writer=$!
# The write has come to its end, for the writer waits behind it.
is_sleeping() { [ "$(cat "/proc/$writer/comm")" = sleep ]; }
wait_until 10 is_sleeping
kill -KILL "$daemon"
wait "$daemon" 2>/dev/null || true
kill -KILL "$writer"
wait "$writer" 2>/dev/null || true
daemon=
"$TRIPLEFS" umount "$mnt"
check_store "$store"
mount_store
same expected "$main/f.nt"
same large "$main/large.nt"
same large "$mnt/other/large.nt"
is notes "$(cat "$main/d/e/notes.md")"
is f.nt "$(readlink "$main/link")"
is 600 "$(stat -c %a "$main/f.nt")"
is y "$(getfattr --only-values --absolute-names -n user.x "$main/f.nt")"
[ ! -e "$mnt/other/f.nt" ] || fail 'what was removed came back'
is bad "$(cat "$main/.branch/rejected/bad.nt")"
# Fsync and sync are served.
triple synced >>"$main/f.nt"
sync "$main/f.nt"
sync "$main/d"
sync -f "$main"
kill_daemon
mount_store
is 1001 "$(count_lines "$main/f.nt")"
