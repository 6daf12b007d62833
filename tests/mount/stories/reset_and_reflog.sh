# reset makes a branch what a REF is; what it was can be brought back.
start
b=$main/.branch
triples 1 10 >"$main/people.nt"
echo note >"$main/notes.md"
echo one >"$b/commit"
first=$(cat "$b/head")
triples 1 20 >"$main/people.nt"
rm "$main/notes.md"
mkdir "$main/d"
triples 5 6 >"$main/d/more.nt"
echo two >"$b/commit"
second=$(cat "$b/head")
cp "$main/people.nt" two.nt

# Away with what is not committed.
triple 99 >>"$main/people.nt"
echo junk >"$main/junk"
echo head >"$b/reset"
same two.nt "$main/people.nt"
[ ! -e "$main/junk" ] || fail 'the junk is still there'
is clean "$(cat "$b/status")"

# Back by one, by different names of it.
for ref in main~1 head~1 "$first" "${first:0:9}"; do
    echo "$second" >"$b/reset"
    same two.nt "$main/people.nt"
    echo "$ref" >"$b/reset"
    is "$first" "$(cat "$b/head")"
    triples 1 10 | sort >expected
    same expected "$main/people.nt"
    is note "$(cat "$main/notes.md")"
    is 'notes.md people.nt' "$(ls "$main" | paste -sd ' ')"
    is 1 "$(count_lines "$b/log")"
    is clean "$(cat "$b/status")"
done
# A file that is open stays what it was; by its name it is the new one.
exec 3<"$main/people.nt"
echo "$second" >"$b/reset"
same expected <(cat <&3)
exec 3<&-
same two.nt "$main/people.nt"

# To another branch as it is seen now.
mkdir "$mnt/other"
triple 50 >>"$mnt/other/people.nt"
echo other >"$b/reset"
same "$mnt/other/people.nt" "$main/people.nt"

# What it was is in the reflog, and comes back under another name.
cat "$mnt/.store/reflog" >reflog
grep -E ' reset main ' reflog >resets || fail "no reset in the reflog: $(cat reflog)"
is '' "$(grep -c . resets | grep -vE '^[0-9]+$' || true)"

# Refused: nothing changes.
cp "$main/people.nt" before.nt
for ref in nowhere main~100 main~x 0123456789abcdef '@2001-01-01'; do
    fails_with '' bash -c 'echo "$2" >"$1"' bash "$b/reset" "$ref"
    same before.nt "$main/people.nt"
done
contains "$b/error" 'main~100'
fails_with '' cat "$b/reset"

remount
same before.nt "$main/people.nt"
