# The last writer of a whole file wins, whole; appenders and rewriters do not tear each other.
start
version() { seq -f "<http://example.org/%g> <http://example.org/p> \"$1\" ." 1 500; }
for n in $(seq 1 6); do version "$n" >"v$n"; done
cp v1 "$main/f.nt"
for round in $(seq 1 5); do
    writers=()
    for n in $(seq 1 6); do
        cp "v$n" "$main/f.nt" &
        writers+=($!)
    done
    for writer in "${writers[@]}"; do
        wait "$writer" || fail "cp failed in round $round"
    done
    is 1 "$(awk '{ print $3 }' "$main/f.nt" | sort -u | wc -l)" "versions in one file in round $round"
    is 500 "$(count_lines "$main/f.nt")"
done
# Copying a file onto itself by another name, while a reader has it open.
exec 3<"$main/f.nt"
cp "$main/f.nt" "$main/g.nt"
cp "$main/g.nt" "$main/f.nt"
cmp "$main/g.nt" - <&3
exec 3<&-
