# Memory is bounded by -o memory, not by what is written.
start memory=64M
# All numbers below the count, in the order of `step`, which has no factor in common with it.
statements() { # STEP
    awk -v step="$1" 'BEGIN { for (i = 0; i < 1500000; i++) {
        n = i * step % 1500000
        printf "<http://example.org/things/%07d> <http://example.org/properties/label> \"%0380d is the value of thing %d\" .\n",
            n, n * 7919 % 1000003, n } }'
}
statements 1368787 >big.nt
size=$(stat -c %s big.nt)
[ "$size" -gt $((640 << 20)) ] || fail "big.nt has $size bytes"
cp big.nt "$main/big.nt"
peak=$(awk '/VmHWM/ { print int($2 / 1024) }' "/proc/$daemon/status")
echo "peak: $peak MiB for $((size >> 20)) MiB"
is_sanitized || [ "$peak" -lt 160 ] || fail "the daemon took $peak MiB"
is "$(statements 1 | sha256sum)" "$(sha256sum <"$main/big.nt")"
is 1500000 "$(getfattr --only-values --absolute-names -n user.triplefs.triples "$main/big.nt")"
peak=$(awk '/VmHWM/ { print int($2 / 1024) }' "/proc/$daemon/status")
is_sanitized || [ "$peak" -lt 160 ] || fail "after reading the daemon had taken $peak MiB"
is 0 "$(find "$store/spool" -type f -size +0 | wc -l)" 'temporary files'
