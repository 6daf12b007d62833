# What is read is sorted bytewise: look, comm, join, sort -c, uniq, sha256sum need no preparation.
need look comm join
export LC_ALL=C
start
triples 1 3000 | shuf >"$main/a.nt"
triples 2001 5000 | shuf >"$main/b.nt"
sort -c "$main/a.nt"
is "$(triple 77)" "$(look '<http://example.org/s/77>' "$main/a.nt")"
is 11 "$(look '<http://example.org/s/77' "$main/a.nt" | wc -l)"
is 1000 "$(comm -12 "$main/a.nt" "$main/b.nt" | wc -l)"
is 2000 "$(comm -23 "$main/a.nt" "$main/b.nt" | wc -l)"
is 1000 "$(join "$main/a.nt" "$main/b.nt" | wc -l)"
is '' "$(uniq -d "$main/a.nt")"
cp "$main/a.nt" "$main/same.nt"
is 1 "$(sha256sum "$main/a.nt" "$main/same.nt" | cut -d ' ' -f 1 | sort -u | wc -l)"
shuf "$main/a.nt" >"$main/same.nt"
is 1 "$(sha256sum "$main/a.nt" "$main/same.nt" | cut -d ' ' -f 1 | sort -u | wc -l)"
is 3000 "$(grep -c . "$main/a.nt")"
is "$(triple 1234)" "$(awk '$3 == "\"1234\""' "$main/a.nt")"
is "$(sort "$main/a.nt" | tail -n 3)" "$(tail -n 3 "$main/a.nt")"
is "$(sort "$main/a.nt" | sed -n 1500p)" "$(sed -n 1500p "$main/a.nt")"
is "$(head -c 100000 "$main/a.nt" | tail -c 20)" \
    "$(dd if="$main/a.nt" bs=1 skip=99980 count=20 status=none)"
