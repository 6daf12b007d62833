# With conflicts a merge waits, and ordinary tools resolve them, file by file.
start
slot() { # VALUE
    echo "<http://example.org/s/1> <http://example.org/p> \"$1\" ."
}
mkdir "$main/geo"
{ slot base; triples 2 50; } >"$main/geo/cities.nt"
echo base >"$main/notes.md"
echo base >"$main/plain"
{ slot base; triples 2 50; } >"$main/edited.nt"
echo base >"$main/.branch/commit"
mkdir "$mnt/other"
for branch in main other; do
    slot $branch >add
    for file in geo/cities.nt edited.nt; do
        sed -i '/"base"/d' "$mnt/$branch/$file"
        cat add >>"$mnt/$branch/$file"
    done
    echo $branch >"$mnt/$branch/notes.md"
    echo $branch >"$mnt/$branch/plain"
done
triple 60 >>"$mnt/other/geo/cities.nt"
conflicts=$main/.branch/conflicts
is '' "$(ls -A "$conflicts")"
fails_with 'Operation not permitted' bash -c 'echo x >"$1"' bash "$conflicts/x"
fails_with 'Operation canceled' bash -c 'echo other 2>&1 >"$1"' bash "$main/.branch/merge" ||
    contains said 'cancel'

is main "$(cat "$main/notes.md")"
contains "$main/edited.nt" '"main"'
is 'edited.nt geo notes.md plain' "$(cd "$conflicts" && echo *)"
is 'base.nt ours.nt theirs.nt' "$(cd "$conflicts/geo/cities.nt" && echo *)"
is "$(slot base)" "$(cat "$conflicts/geo/cities.nt/base.nt")"
is "$(slot main)" "$(cat "$conflicts/geo/cities.nt/ours.nt")"
is "$(slot other)" "$(cat "$conflicts/geo/cities.nt/theirs.nt")"
is other "$(cat "$conflicts/notes.md/theirs.md")"
diff "$conflicts/plain/ours" "$conflicts/plain/theirs" >d || true
contains d '> other'

# Sides stay what they are.
for side in base ours theirs; do
    fails_with 'Permission denied' bash -c 'echo x >"$1"' bash "$conflicts/geo/cities.nt/$side.nt"
    fails_with 'Permission denied' mv "$conflicts/geo/cities.nt/$side.nt" "$conflicts/geo/cities.nt/result.nt"
    fails_with 'Permission denied' cp "$main/edited.nt" "$conflicts/plain/$side"
    fails_with '' sed -i s/base/x/ "$conflicts/notes.md/$side.md"
done
is "$(slot base)" "$(cat "$conflicts/geo/cities.nt/base.nt")"

fails_with 'Device or resource busy' bash -c 'echo continue >"$1"' bash "$main/.branch/merge"
cp "$conflicts/geo/cities.nt/theirs.nt" "$conflicts/geo/cities.nt/result.nt"
# An editor's ways.
cp "$conflicts/edited.nt/ours.nt" "$conflicts/edited.nt/result.nt"
sed -i 's/"main"/"both"/' "$conflicts/edited.nt/result.nt"
echo swap >"$conflicts/edited.nt/.result.nt.swp"
rm "$conflicts/edited.nt/.result.nt.swp"
is "$(slot both)" "$(cat "$conflicts/edited.nt/result.nt")"
# Bad text is told of where people look.
fails_with 'Invalid argument' bash -c 'echo nonsense >"$1"' bash "$conflicts/edited.nt/result.nt"
contains "$main/.branch/error" 'conflicts/edited.nt/result.nt'
is "$(slot both)" "$(cat "$conflicts/edited.nt/result.nt")"
cat "$conflicts/plain/ours" "$conflicts/plain/theirs" >"$conflicts/plain/result"
# Resolved by deletion.
rm -r "$conflicts/notes.md"

# It waits across a restart.
remount
is "$(slot both)" "$(cat "$conflicts/edited.nt/result.nt")"
echo continue >"$main/.branch/merge"
contains "$main/geo/cities.nt" '"other"'
lacks "$main/geo/cities.nt" '"main"'
contains "$main/geo/cities.nt" '"60"'
contains "$main/edited.nt" '"both"'
is "$(printf 'main\nother')" "$(cat "$main/plain")"
[ ! -e "$main/notes.md" ] || fail 'notes.md was resolved by deletion'
is '' "$(ls -A "$conflicts")"
is clean "$(cat "$main/.branch/status")"
contains "$main/.branch/commit" 'parent'

# An aborted merge leaves nothing.
slot again >"$main/edited.nt"
slot else >"$mnt/other/edited.nt"
fails_with '' bash -c 'echo other >"$1"' bash "$main/.branch/merge"
exec 5<"$conflicts/edited.nt/ours.nt"
cd "$conflicts/edited.nt"
echo abort >"$main/.branch/merge"
is '' "$(ls -A "$conflicts")"
ls >/dev/null 2>&1 || true
cd "$work"
exec 5<&-
is "$(slot again)" "$(cat "$main/edited.nt")"
