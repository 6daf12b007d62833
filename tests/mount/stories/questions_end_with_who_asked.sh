# Twenty ask at once while others write; and who presses Ctrl-C is free at once, and so is the store.
need python3 script
start
mkdir "$main/parts"
for part in 1 2 3 4; do triples $((part * 10000)) $((part * 10000 + 9999)) >"$main/parts/$part.nt"; done
: >"$main/growing.nt"
writer() { # NUMBER
    for i in $(seq 40); do triple "w$1-$i" >>"$main/growing.nt"; done
}
# Each answer is of one moment: whole files, and of what grows no less than was there before.
asker() { # NUMBER
    local before=0 now seen=$work/asker.$1
    for _ in $(seq 8); do
        "$TRIPLEFS" match -C "$main" --no-progress '? ? ?' >"$seen"
        is 40000 "$(grep -c '^<http://example.org/s/[0-9]' "$seen")"
        now=$(grep -c '^<http://example.org/s/w' "$seen") || true
        [ "$now" -ge "$before" ] || fail "$now is less than $before"
        before=$now
        is 40000 "$("$TRIPLEFS" count -C "$main" --no-progress '? ? ?' parts)"
    done
}
pids=()
for number in $(seq 4); do
    (trap - ERR; writer "$number") >"$work/writer.$number.out" 2>&1 &
    pids+=($!)
done
for number in $(seq 20); do
    (trap - ERR; asker "$number") >"$work/asker.$number.out" 2>&1 &
    pids+=($!)
done
failed=0
for pid in "${pids[@]}"; do
    wait "$pid" || failed=$((failed + 1))
done
is 0 "$failed" "of writers and askers failed ($(cat "$work"/*er.*.out | head -n 3))"
is 160 "$("$TRIPLEFS" count -C "$main" '? ? ?' growing.nt)"
rm "$work"/asker.* "$work"/writer.*

# A search that takes long: there are many files, and nothing matches.
"$TRIPLEFS" umount "$mnt"
wait "$daemon"
triples 1 1000000 >big.nt
"$TRIPLEFS" import -q "$store" main big.nt
for copy in $(seq 40); do echo "big$copy.nt"; done >copies
mount_store cpu=scalar,workers=0
while read -r copy; do cp "$main/big.nt" "$main/$copy"; done <copies
is_free() {
    ! grep -qE '^(match|count) ' "$mnt/.store/progress"
}
is_asked() {
    ! is_free
}
for control in match count; do
    "$TRIPLEFS" "$control" -C "$main" '~"nowhere at all" ~"nor here" ~"nor there"' >asked.out 2>&1 &
    asking=$!
    wait_until 20 is_asked
    kill -INT $asking 2>/dev/null || true
    kill -TERM $asking
    wait $asking || true
    wait_until 3 is_free
done
# The same on one open file, whose next question is answered at once.
python3 - "$main/.branch/match" <<'END'
import os, signal, sys, time
class Enough(Exception):
    pass
def enough(*_):
    raise Enough
signal.signal(signal.SIGALRM, enough)
f = os.open(sys.argv[1], os.O_RDWR)
os.write(f, b'~"nowhere at all" ~"nor here" ~"nor there"')
signal.setitimer(signal.ITIMER_REAL, 0.3)
began = time.monotonic()
try:
    os.read(f, 1000)
    print("the whole search took", time.monotonic() - began)
except Enough:
    pass
os.write(f, b'limit 1\n? ? ?')
answer = os.read(f, 1000)
assert answer.startswith(b'# big.nt\n'), answer
# A signal takes the read away, and not the answer.
signal.signal(signal.SIGALRM, lambda *_: None)
os.write(f, b'path big.nt\n? ? "1000000"')
signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
assert os.read(f, 1000) == b'<http://example.org/s/1000000> <http://example.org/p> "1000000" .\n'
assert os.read(f, 1000) == b''
signal.setitimer(signal.ITIMER_REAL, 0)
END
# A bar at the terminal shows how far it is.
timeout 30 script -qec "'$TRIPLEFS' count -C '$main' '~\"nowhere at all\" ~\"nor here\" ~\"nor there\"'" bar >/dev/null </dev/null
contains bar matching
# The daemon ends while somebody asks.
exec 3<>"$main/.branch/count"
echo '~"nowhere at all" ~"nor here" ~"nor there"' >&3
cat <&3 >asked.out 2>&1 &
asking=$!
wait_until 20 is_asked
kill -TERM "$daemon"
wait "$daemon" || fail "the daemon ended with $?"
daemon=
exec 3>&-
wait $asking || true
"$TRIPLEFS" umount "$mnt" 2>/dev/null || true
