# Watchers of a folder hear what other processes do in it.
need inotifywait
start
mkdir "$main/d"
triples 1 3 >"$main/d/old.nt"
inotifywait -q -m --format '%e %f' "$main/d" >events 2>watch.log &
watcher=$!
is_watching() { grep -q '^inotify wd:' /proc/$watcher/fdinfo/*; }
wait_until 10 is_watching
heard() { grep -qE "$1" events; }
triples 1 3 >"$main/d/new.nt"
wait_until 10 heard '^CREATE new.nt$'
wait_until 10 heard '^CLOSE_WRITE,CLOSE new.nt$'
triple 4 >>"$main/d/old.nt"
wait_until 10 heard '^CLOSE_WRITE,CLOSE old.nt$'
mv "$main/d/new.nt" "$main/d/moved.nt"
wait_until 10 heard '^MOVED_FROM new.nt$'
wait_until 10 heard '^MOVED_TO moved.nt$'
chmod 600 "$main/d/old.nt"
wait_until 10 heard '^ATTRIB old.nt$'
rm "$main/d/moved.nt"
wait_until 10 heard '^DELETE moved.nt$'
sed -i 's/"1"/"one"/' "$main/d/old.nt"
wait_until 10 heard '^MOVED_TO old.nt$'
kill "$watcher"
wait "$watcher" || true

# A watch on the file itself goes on after it was rewritten.
inotifywait -q -m --format '%e' "$main/d/old.nt" >events 2>>watch.log &
watcher=$!
wait_until 10 is_watching
for i in 5 6 7; do
    : >events
    triple $i >>"$main/d/old.nt"
    wait_until 10 heard CLOSE_WRITE
done
kill "$watcher"
wait "$watcher" || true
