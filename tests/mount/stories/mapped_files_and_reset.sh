# A mapping goes on showing what was mapped while the branch is reset under it, back and forth.
need python3
start
triples 1 30000 | sort >v1
triples 20000 60000 | sort >v2
cp v1 "$main/a.nt"
cp v1 "$main/plain"
echo one >"$main/.branch/commit"
one=$(cat "$main/.branch/head")
cp v2 "$main/a.nt"
cp v2 "$main/plain"
echo two >"$main/.branch/commit"
two=$(cat "$main/.branch/head")
cat >map.py <<'P'
import hashlib, mmap, sys

maps = []
for path in sys.argv[1:]:
    with open(path, 'rb') as file:
        maps.append(mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ))
maps[0][:100], maps[1][-100:]
print('mapped', flush=True)
sys.stdin.readline()
for each in maps:
    print(hashlib.sha256(each[:]).hexdigest(), flush=True)
P
sum_of() { sha256sum <"$1" | cut -d' ' -f1; }
coproc mapper { python3 map.py "$main/a.nt" "$main/plain"; }
mapping=$mapper_PID
read -r said <&"${mapper[0]}"
is mapped "$said"
for i in 1 2 3; do
    echo "$one" >"$main/.branch/reset"
    same v1 "$main/a.nt"
    same v1 "$main/plain"
    "$POKE" mmap-cat "$main/a.nt" >seen
    same v1 seen
    "$POKE" mmap-cat "$main/plain" >seen
    same v1 seen
    is "$one" "$(cat "$main/.branch/head")"
    is clean "$(cat "$main/.branch/status")"
    echo "$two" >"$main/.branch/reset"
    same v2 "$main/a.nt"
    same v2 "$main/plain"
    "$POKE" mmap-cat "$main/plain" >seen
    same v2 seen
done
echo go >&"${mapper[1]}"
read -r text <&"${mapper[0]}"
read -r plain <&"${mapper[0]}"
is "$(sum_of v2)" "$text"
is "$(sum_of v2)" "$plain"
wait "$mapping"

# Readers in a row while the branch goes back and forth: each reads one of the two, whole.
reader() {
    for _ in $(seq 60); do
        sum_of "$main/a.nt"
        sum_of "$main/plain"
        stat -c 'size %s' "$main/a.nt"
    done >"sums.$1" 2>"reader$1.log"
}
reader 1 &
one_reader=$!
reader 2 &
other_reader=$!
for i in 1 2 3 4 5 6 7 8; do
    echo "$one" >"$main/.branch/reset"
    echo "$two" >"$main/.branch/reset"
done
wait $one_reader
wait $other_reader
[ ! -s reader1.log ] && [ ! -s reader2.log ] || fail "a reader failed: $(head -n 3 reader?.log)"
{
    sum_of v1
    sum_of v2
    stat -c 'size %s' v1 v2
} | sort -u >allowed
sort -u sums.1 sums.2 | comm -13 allowed - >torn
is '' "$(cat torn)"
same v2 "$main/a.nt"
same v2 "$main/plain"
