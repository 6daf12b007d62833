# The daemon runs as root, and the mode bits say what others may do.
need_root
need setpriv
start allow_other
as_nobody() {
    setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}
triples 1 3 >"$main/open.nt"
triples 1 3 >"$main/secret.nt"
chmod 600 "$main/secret.nt"
mkdir -m 700 "$main/private"
echo x >"$main/private/x"
mkdir -m 1777 "$main/shared"
as_nobody cat "$main/open.nt" >/dev/null
fails_with 'Permission denied' as_nobody cat "$main/secret.nt"
fails_with 'Permission denied' as_nobody cat "$main/.branch/canon/secret.nt"
as_nobody cat "$main/.branch/canon/open.nt" >/dev/null
fails_with 'Permission denied' as_nobody ls "$main/private"
fails_with 'Permission denied' as_nobody ls "$main/.branch/canon/private"
fails_with 'Permission denied' as_nobody setfattr -x user.triplefs.prefixes "$main/open.nt"
fails_with 'Permission denied' as_nobody bash -c 'echo "e: <http://e/>" >"$1"' bash "$mnt/.store/prefixes"
fails_with 'Permission denied' as_nobody cat "$main/private/x"
fails_with 'Permission denied' as_nobody bash -c 'echo >>"$1"' bash "$main/open.nt"
fails_with 'Permission denied' as_nobody touch "$main/new"
fails_with 'Operation not permitted' as_nobody chmod 777 "$main/secret.nt"
fails_with 'Operation not permitted' as_nobody chown 65534 "$main/open.nt"
fails_with 'Permission denied' as_nobody mkdir "$mnt/theirs"

# In a shared folder everybody has files of their own.
as_nobody bash -c 'echo "<http://e/a> <http://e/b> <http://e/c> ." >"$1"' bash "$main/shared/theirs.nt"
is '65534 65534 644' "$(stat -c '%u %g %a' "$main/shared/theirs.nt")"
echo x >"$main/shared/ours"
fails_with 'Operation not permitted' as_nobody rm -f "$main/shared/ours"
as_nobody chmod 640 "$main/shared/theirs.nt"
is 640 "$(stat -c %a "$main/shared/theirs.nt")"

chown 65534:65533 "$main/secret.nt"
is '65534 65533' "$(stat -c '%u %g' "$main/secret.nt")"
as_nobody cat "$main/secret.nt" >/dev/null

# A branch that is shut stays shut: its files, its controls, what it refused.
mkdir "$mnt/closed"
chmod 700 "$mnt/closed"
fails_with 'Permission denied' as_nobody ls "$mnt/closed"
fails_with 'Permission denied' as_nobody cat "$mnt/closed/open.nt"
fails_with 'Permission denied' as_nobody cat "$mnt/closed/.branch/status"
fails_with 'Permission denied' as_nobody mkdir "$mnt/closed/.branch/fork/mine"
fails_with 'Permission denied' as_nobody bash -c 'echo closed >"$1"' bash "$mnt/.store/discard"
[ -d "$mnt/closed" ] || fail 'nobody discarded the branch'
fails_with '' as_nobody rmdir "$mnt/closed"
fails_with '' as_nobody mv "$mnt/closed" "$mnt/theirs"

# Writing to a file clears its set-id bits, for others than root.
as_nobody cp /bin/true "$main/shared/run"
as_nobody chmod 6755 "$main/shared/run"
is 6755 "$(stat -c %a "$main/shared/run")"
as_nobody bash -c 'echo >>"$1"' bash "$main/shared/run"
is 755 "$(stat -c %a "$main/shared/run")"

# A folder with the set-group-id bit hands its group on.
mkdir "$main/group"
chown :65533 "$main/group"
chmod 2775 "$main/group"
echo x >"$main/group/file"
mkdir "$main/group/folder"
is 65533 "$(stat -c %g "$main/group/file")"
is '65533 2755' "$(stat -c '%g %a' "$main/group/folder")"
remount allow_other
fails_with 'Permission denied' as_nobody ls "$mnt/closed"
is '65534 65533 600' "$(stat -c '%u %g %a' "$main/secret.nt")"
