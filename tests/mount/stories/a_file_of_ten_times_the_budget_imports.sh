# Memory is bounded by -o memory, not by what is written.
start memory=64M
awk 'BEGIN { for (i = 0; i < 6500000; i++) { n = (i * 7368787) % 6500000;
    printf "<http://example.org/things/%d> <http://example.org/properties/%d> \"the value of %d is %d\" .\n", n / 3, n % 3, n, i } }' >big.nt
size=$(stat -c %s big.nt)
[ "$size" -gt $((640 << 20)) ] || fail "big.nt has $size bytes"
cp big.nt "$main/big.nt"
peak=$(awk '/VmHWM/ { print int($2 / 1024) }' "/proc/$daemon/status")
echo "peak: $peak MiB for $((size >> 20)) MiB"
is_sanitized || [ "$peak" -lt 160 ] || fail "the daemon took $peak MiB"
is "$(LC_ALL=C sort -u -S 200M --parallel=2 big.nt | sha256sum)" "$(sha256sum <"$main/big.nt")"
is 6500000 "$(getfattr --only-values --absolute-names -n user.triplefs.triples "$main/big.nt")"
peak=$(awk '/VmHWM/ { print int($2 / 1024) }' "/proc/$daemon/status")
is_sanitized || [ "$peak" -lt 160 ] || fail "after reading the daemon had taken $peak MiB"
is 0 "$(find "$store/spool" -type f -size +0 | wc -l)" 'temporary files'
