# rmdir refuses what only that branch has; discard deletes it all the same; it stays recoverable.
start
triples 1 5 >"$main/f.nt"
mkdir "$mnt/a"
rmdir "$mnt/a"
is main "$(ls "$mnt")"
mkdir "$mnt/a"
triple only >>"$mnt/a/f.nt"
fails_with 'Directory not empty' rmdir "$mnt/a"
contains "$mnt/.store/error" a
is 6 "$(count_lines "$mnt/a/f.nt")"
echo a >"$mnt/.store/discard"
is main "$(ls "$mnt")"
fails_with 'No such file' cat "$mnt/a/f.nt"
cat "$mnt/.store/reflog" >reflog
contains reflog 'delete a'
mkdir "$mnt/a"
is 5 "$(count_lines "$mnt/a/f.nt")"
rmdir "$mnt/a"
fails_with 'No such file' bash -c 'echo nowhere >"$1"' bash "$mnt/.store/discard"
fails_with 'busy' rmdir "$main"
fails_with 'busy' bash -c 'echo main >"$1"' bash "$mnt/.store/discard"

# Changed by hand to what another branch has: nothing would be lost.
mkdir "$mnt/b" && triple x >>"$mnt/b/f.nt"
mkdir "$mnt/b/.branch/fork/c"
rmdir "$mnt/b"
is 6 "$(count_lines "$mnt/c/f.nt")"
fails_with 'Directory not empty' rmdir "$mnt/c"
# A file that is open in a branch that goes is stale, and nothing breaks.
exec 3>>"$mnt/c/f.nt"
echo c >"$mnt/.store/discard"
triple late >&3 2>/dev/null || true
exec 3>&-
is main "$(ls "$mnt")"
kill_daemon
check_store "$store"
mount_store
is main "$(ls "$mnt")"
contains "$mnt/.store/reflog" 'delete a'
