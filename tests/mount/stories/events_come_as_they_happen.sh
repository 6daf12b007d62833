start
cat "$main/.branch/events" >events &
cat=$!
echo "$cat" >cat.pid
heard() { grep -qE "$1" events; }
# It may not be reading yet, so one event is repeated until it is heard.
first() { echo x >"$main/first"; heard first; }
wait_until 10 first
mkdir "$main/d"
triples 1 3 >"$main/d/f.nt"
wait_until 10 heard 'd/f\.nt'
mv "$main/d/f.nt" "$main/g.nt"
wait_until 10 heard 'move.* g\.nt'
rm "$main/g.nt"
wait_until 10 heard 'delete.* g\.nt'
put_failing "$main/bad.nt" nonsense
wait_until 10 heard 'refuse.* bad\.nt'
[ "$(grep -vcE '^[0-9T:.Z-]+ ' events || true)" = 0 ] || fail "each line starts with a time: $(cat events)"
# A reader that waits can be interrupted.
kill -INT "$cat" 2>/dev/null
kill "$cat"
wait "$cat" || true
is timeout "$("$POKE" poll "$main/.branch/events" 200)"
status=0
timeout 0.5 cat "$main/.branch/events" >/dev/null || status=$?
is 124 $status
(sleep 0.4; echo x >"$main/x") &
is ready "$("$POKE" poll "$main/.branch/events" 10000)"
wait $!

# Of the whole store, with the branch's name.
timeout 20 cat "$mnt/.store/events" >events &
cat=$!
echo "$cat" >cat.pid
mkdir "$mnt/other"
second() { echo x >"$mnt/other/second"; heard 'other.*second'; }
wait_until 10 second
kill "$cat"
wait "$cat" || true
# One that waits for events does not keep the mount from going once it is closed.
