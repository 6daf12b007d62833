# `rewrite` gives IRIs another beginning: as a trial, for good, all or nothing, and back again.
need inotifywait
start
old=http://old.example.org new=https://new.example.org xsd=http://www.w3.org/2001/XMLSchema
mkdir "$main/geo"
cat >"$main/people.nt" <<END
<$old/ann> <$old/p> "$old/ stays" .
<$old/ann> <$old/p> "1"^^<$old/type> .
<$new/ann> <$new/p> "1"^^<$new/type> .
<http://example.org/x> <http://example.org/p> <$old/ann> .
<http://example.org/x> <http://example.org/p> "1"^^<$xsd#integer> .
END
echo "<$old/berlin> <$old/p> <$old/x> <$old/graph> ." >"$main/geo/cities.nq"
echo "$old" >"$main/notes.md"
echo base >"$main/.branch/commit"
b=$main/.branch
cd "$main"
cat people.nt geo/cities.nq >"$work/before"

# A trial changes nothing.
is '' "$(cat .branch/rewrite)"
is "would rewrite in main: 10 IRIs in 4 statements of 2 files; 1 became equal to others" \
    "$("$TRIPLEFS" rewrite -n "$old/" "$new/")"
cat people.nt geo/cities.nq | cmp - "$work/before"
is clean "$(cat .branch/status)"
contains .branch/rewrite 'dry_run yes'
# A shell writes each line by itself: the options wait for their command.
printf 'dry-run\npath geo\n<%s/> <%s/>\n' "$old" "$new" >.branch/rewrite
sed 1d .branch/rewrite | cmp - <(printf 'files 1\nstatements 1\nterms 4\ncollided 0\ndry_run yes\n')
is clean "$(cat .branch/status)"
# And what was refused is not done without its options.
fails_with 'Invalid argument' bash -c 'printf "dry run\n<%s/> <%s/>\n" "$2" "$3" >"$1"' bash "$b/rewrite" "$old" "$new"
fails_with 'No such file' bash -c 'printf "path nowhere\n<%s/> <%s/>\n" "$2" "$3" >"$1"' bash "$b/rewrite" "$old" "$new"
printf 'dry-run\n' >.branch/rewrite
contains .branch/error 'write rewrite: the file was closed before a command followed the options: nothing was done'
is clean "$(cat .branch/status)"

# For good, in one folder, and then everywhere; watchers are told.
"$TRIPLEFS" rewrite "$old/" "$new/" geo >"$work/seen"
is 'rewrote in main: 4 IRIs in 1 statement of 1 file' "$(cat "$work/seen")"
is "<$new/berlin> <$new/p> <$new/x> <$new/graph> ." "$(cat geo/cities.nq)"
inotifywait -q -m -e close_write,moved_to --format '%e %f' "$main" >"$work/watched.log" 2>&1 &
watcher=$!
"$TRIPLEFS" events -f >"$work/event.log" &
events=$!
sleep 0.5
"$TRIPLEFS" rewrite --json "$old/" "$new/" >"$work/seen"
contains "$work/seen" '"collided": 1'
wait_until 10 grep -q people.nt "$work/watched.log"
wait_until 10 grep -q people.nt "$work/event.log"
kill $watcher $events
cat >"$work/expected" <<END
<$new/ann> <$new/p> "$old/ stays" .
<$new/ann> <$new/p> "1"^^<$new/type> .
<http://example.org/x> <http://example.org/p> <$new/ann> .
<http://example.org/x> <http://example.org/p> "1"^^<$xsd#integer> .
END
LC_ALL=C sort "$work/expected" | cmp - people.nt
is "$old" "$(cat notes.md)"
# Nothing is left to do.
is 'rewrote in main: 0 IRIs in 0 statements of 0 files' "$("$TRIPLEFS" rewrite "$old/" "$new/")"
"$TRIPLEFS" reflog -n 1 >"$work/seen"
contains "$work/seen" rewrite
# Back again.
"$TRIPLEFS" reset --hard head >/dev/null
cat people.nt geo/cities.nq | cmp - "$work/before"

# Prefixes, known and declared; what is no IRI afterwards.
echo "<http://example.org/a> <http://xmlns.com/foaf/0.1/name> \"A\" ." >names.nt
echo 'foaf: schema:' >.branch/rewrite
contains names.nt '<http://schema.org/name>'
printf 'PREFIX e: <http://example.org/>\ne:a <urn:b>\n' >.branch/rewrite
contains names.nt '<urn:b>'
cp names.nt "$work/names"
refused() { # ERROR TEXT REASON
    fails_with "$1" bash -c 'printf "%s\n" "$2" >"$1"' bash "$b/rewrite" "$2"
    tail -n 1 "$b/error" >"$work/last"
    contains "$work/last" "write rewrite: "
    contains "$work/last" "$3"
    cmp names.nt "$work/names"
}
refused 'Invalid argument' 'nobody: schema:' nobody
refused 'Invalid argument' 'schema:' column
refused 'Invalid argument' 'schema: ex: foaf:' 'two IRIs are expected'
refused 'Invalid argument' '<> <http://example.org/>' 'empty'
refused 'Invalid argument' '<urn:b> <>' 'this would result: <> <http:'
status=0
"$TRIPLEFS" rewrite schema: 'ht tp:' 2>"$work/said" || status=$?
is 1 $status
contains "$work/said" 'rewrite: '
fails_with 'cannot be changed' "$TRIPLEFS" -C .branch/at/head rewrite foaf: schema:
fails_with 'not permitted' bash -c 'echo "foaf: schema:" >"$1"' bash "$b/at/head/.branch/rewrite"
cmp names.nt "$work/names"
cd "$work"
remount
cmp "$main/names.nt" "$work/names"
