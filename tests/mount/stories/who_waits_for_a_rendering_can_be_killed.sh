# What a large file shows is written by who reads it first. He can be killed meanwhile, which ends it;
# others who wait for it get it.
start
triples 1 1500000 >"$main/a.nt"
cp "$main/a.nt" "$main/a.ttl"
cat "$main/a.ttl" >/dev/null &
reader=$!
stat "$main/a.ttl" >/dev/null &
asker=$!
sleep 0.2
wc -c <"$main/a.ttl" >size &
other=$!
sleep 0.1
kill "$reader" "$asker"
wait "$reader" "$asker" || true
wait "$other"
is "$(stat -c %s "$main/a.ttl")" "$(tr -d ' ' <size)"
getfattr --absolute-names --only-values -n user.triplefs.triples "$main/a.ttl" | grep -qx 1500000

# The end of the mount does not wait for it, either.
triple another >>"$main/a.ttl"
cat "$main/a.ttl" >/dev/null 2>output &
reader=$!
sleep 0.3
kill -TERM "$daemon"
status=0
wait "$reader" || status=$?
if [ $status != 0 ]; then grep -qE 'Interrupted system call|not connected' output; fi
wait "$daemon"
daemon=
mount_store
is 1500001 "$(getfattr --absolute-names --only-values -n user.triplefs.triples "$main/a.ttl")"
