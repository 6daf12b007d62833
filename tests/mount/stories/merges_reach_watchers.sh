# Who watches with inotify hears of what a merge, a patch and a reset change, as if it had been done
# in the mount; and a script that merges whenever a branch changes can be made of that.
need inotifywait
start
mkdir "$main/geo" "$main/gone"
triples 1 5 >"$main/a.nt"
triples 1 5 >"$main/watched.nt"
triples 1 5 >"$main/busy.nt"
echo text >"$main/geo/notes.md"
triple 1 >"$main/was.nt"
triple 1 >"$main/doomed.nt"
triple 1 >"$main/mode.nt"
triple 1 >"$main/same.nt"
ln -s a.nt "$main/link"
echo base >"$main/.branch/commit"
base=$(cat "$main/.branch/head")
mkdir "$mnt/other"
triples 3 9 >"$mnt/other/a.nt"
triples 3 9 >"$mnt/other/watched.nt"
triples 3 9 >"$mnt/other/busy.nt"
echo more >>"$mnt/other/geo/notes.md"
triple 1 >"$mnt/other/geo/new.nt"
mkdir "$mnt/other/fresh"
mv "$mnt/other/was.nt" "$mnt/other/is.nt"
rm "$mnt/other/doomed.nt"
rmdir "$mnt/other/gone"
chmod 600 "$mnt/other/mode.nt"
ln -sfn same.nt "$mnt/other/link"

watch() { # FILE ARGUMENT...: its process is $watcher
    local to=$1
    shift
    : >"$to"
    inotifywait -m --format '%w|%e|%f' "$@" >"$to" 2>watch.log &
    watcher=$!
    wait_until 10 grep -q 'Watches established' watch.log
}
heard() { # FILE PATTERN
    grep -qE "$2" "$1" || fail "nothing like '$2' in: $(cat "$1")"
}
unheard() { # FILE PATTERN
    ! grep -qE "$2" "$1" || fail "heard: $(grep -E "$2" "$1")"
}
# inotifywait writes a moment later than it hears.
settle() {
    sleep 0.3
}

watch events -r "$main"
all=$watcher
watch file_events "$main/watched.nt" "$main/busy.nt"
files=$watcher
exec 5<"$main/busy.nt"
settle
: >events
: >file_events
status=$(cat "$main/.branch/status")
stamps=$(stat -c '%n %Y %Z' "$main/same.nt")
echo other >"$main/.branch/merge"
settle
heard events '/main/\|CLOSE_WRITE,CLOSE\|a\.nt$'
heard events '/main/\|CLOSE_WRITE,CLOSE\|watched\.nt$'
heard events '/main/geo/\|CLOSE_WRITE,CLOSE\|notes\.md$'
heard events '/main/geo/\|CREATE\|new\.nt$'
heard events '/main/geo/\|CLOSE_WRITE,CLOSE\|new\.nt$'
heard events '/main/\|CREATE,ISDIR\|fresh$'
heard events '/main/\|MOVED_FROM\|was\.nt$'
heard events '/main/\|MOVED_TO\|is\.nt$'
heard events '/main/\|DELETE\|doomed\.nt$'
heard events '/main/\|DELETE,ISDIR\|gone$'
heard events '/main/\|ATTRIB\|mode\.nt$'
heard events '/main/\|ATTRIB\|link$'
unheard events 'same\.nt$'
heard file_events 'watched\.nt\|CLOSE_WRITE,CLOSE\|$'
# Also whose file somebody else has open.
heard file_events 'busy\.nt\|CLOSE_WRITE,CLOSE\|$'
exec 5<&-

# To tell them has changed nothing.
is "$stamps" "$(stat -c '%n %Y %Z' "$main/same.nt")"
is clean "$(cat "$main/.branch/status")"
diff -r "$main" "$mnt/other"
merges=$(grep -c . "$mnt/.store/reflog")

# A watch on a file goes on hearing, also of the way back.
for ref in "$base" other; do
    : >file_events
    echo "$ref" >"$main/.branch/reset"
    settle
    heard file_events 'watched\.nt\|CLOSE_WRITE,CLOSE\|$'
    heard file_events 'busy\.nt\|CLOSE_WRITE,CLOSE\|$'
done
is $((merges + 2)) "$(grep -c . "$mnt/.store/reflog")"
kill "$all" "$files"
wait "$all" "$files" || true

# The branch's own events say what it was.
cat "$main/.branch/events" >own &
cat=$!
echo "$cat" >cat.pid
first() { echo x >"$main/first"; grep -q first own; }
wait_until 10 first
rm "$main/first"
triple 50 >>"$mnt/other/a.nt"
echo other >"$main/.branch/merge"
own_has() { grep -qE "$1" own; }
wait_until 10 own_has ' merge other'
wait_until 10 own_has ' change a\.nt$'
kill "$cat"
wait "$cat" || true

# More than are told one by one: their folders are.
mkdir "$mnt/other/many"
for i in $(seq 1500); do triple "$i" >"$mnt/other/many/$i.nt"; done
ls "$main" >/dev/null
watch events "$main"
echo other >"$main/.branch/merge"
settle
heard events '/main/\|CREATE,ISDIR\|many$'
kill "$watcher"
wait "$watcher" || true
is 1500 "$(ls "$main/many" | grep -c .)"
ls -l "$main/many" >/dev/null
watch events "$main/many"
echo 'head~1' >"$main/.branch/reset"
settle
kill "$watcher"
wait "$watcher" || true
[ -s events ] || fail 'nobody told of a folder that went'

# The example.
mkdir "$mnt/edits"
setsid "$here/../../tools/examples/merge-on-change" "$mnt/edits" "$main" 0.2 >merges.log 2>&1 &
merger=$!
echo "$merger" >merger.pid
merged() { grep -qF "$1" "$main/a.nt"; }
triple 4711 >>"$mnt/edits/a.nt"
wait_until 20 merged '"4711"'
triple 4712 >>"$mnt/edits/a.nt"
wait_until 20 merged '"4712"'
kill -- "-$merger"
wait "$merger" 2>/dev/null || true
