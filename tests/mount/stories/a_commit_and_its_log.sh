# What a user sees of commits: the state before, the message, the last commit, the log.
start
b=$main/.branch
is '' "$(cat "$b/head")" 'the head of a branch without commits'
is '' "$(cat "$b/commit")"
is '' "$(cat "$b/log")"
fails_with 'No data available' bash -c 'echo nothing >"$1"' bash "$b/commit"

triples 1 100 >"$main/people.nt"
echo text >"$main/notes.md"
before=$(date -u +%Y-%m-%dT%H:%M:%S)
echo 'First people' >"$b/commit"
first=$(cat "$b/head")
[[ $first =~ ^[0-9a-f]{64}$ ]] || fail "the head is '$first'"
is clean "$(cat "$b/status")"

cat "$b/commit" >shown
is "commit $first" "$(head -n 1 shown)"
lacks shown 'parent '
is "author $(id -un)" "$(grep '^author ' shown)"
when=$(sed -n 's/^date //p' shown)
[[ ! $when < $before ]] || fail "committed at $when, and that was after $before"
is 'files 2 added 100 removed 0' "$(grep -E '^(files|added|removed) ' shown | paste -sd ' ')"
is 'First people' "$(sed '1,/^$/d' shown)"

sed -i '/s\/1>/d' "$main/people.nt"
triple 101 >>"$main/people.nt"
cat >"$b/commit" <<'MESSAGE'
One goes, one comes

The body of a message has lines of its own,
	tabs, and what else UTF-8 has: Žluťoučký 🐎.
MESSAGE
second=$(cat "$b/head")
[ "$first" != "$second" ] || fail 'the head stayed'
cat "$b/commit" >shown
is "parent $first" "$(sed -n 2p shown)"
is 'files 1 added 1 removed 1' "$(grep -E '^(files|added|removed) ' shown | paste -sd ' ')"
is 4 "$(sed '1,/^$/d' shown | wc -l)" 'lines of the message'
contains shown 'Žluťoučký 🐎.'

# The log: newest first, five fields with tabs between.
cat "$b/log" >log
is 2 "$(count_lines log)"
is "${second:0:12} ${first:0:12}" "$(cut -f 1 log | paste -sd ' ')"
is '+1 -1,+100 -0' "$(cut -f 4 log | paste -sd ,)"
is 'One goes, one comes,First people' "$(cut -f 5 log | paste -sd ,)"
is "$(id -un)" "$(cut -f 3 log | sort -u)"
# The digits in the log are enough to name a commit.
mkdir "$mnt/later"
cut -f 1 log | tail -n 1 >"$mnt/later/.branch/reset"
is "$first" "$(cat "$mnt/later/.branch/head")"

# A message comes in one write(2): what follows is refused, and is no commit of its own.
triple 102 >>"$main/people.nt"
fails_with 'Invalid argument' bash -c 'printf "Subject\n\nBody\n" >"$1"' bash "$b/commit"
is Subject "$(sed '1,/^$/d' "$b/commit")"
is 3 "$(count_lines "$b/log")"
contains "$b/error" 'in one write(2)'

# Each branch has a log of its own from where it was forked.
mkdir "$mnt/other"
is "$(cat "$b/head")" "$(cat "$mnt/other/.branch/head")"
triple 103 >>"$mnt/other/people.nt"
echo 'Only here' >"$mnt/other/.branch/commit"
is 4 "$(count_lines "$mnt/other/.branch/log")"
is 3 "$(count_lines "$b/log")"
# The list of branches has the heads.
is "$(cat "$mnt/other/.branch/head")" "$(awk -F '\t' '$1 == "other" { print $2 }' "$mnt/.store/branches")"

# A log of many commits comes in order, however it is read.
for i in $(seq 1 700); do
    triple "$i" >"$mnt/other/one.nt"
    echo "number $i" >"$mnt/other/.branch/commit"
done
cat "$mnt/other/.branch/log" >log
is 704 "$(count_lines log)"
is 704 "$(cut -f 1 log | sort -u | wc -l)" 'different commits'
is "$(seq 700 -1 1)" "$(cut -f 5 log | sed -n 's/^number //p')"
dd if="$mnt/other/.branch/log" of=log2 bs=777 2>/dev/null
same log log2
is 'number 700' "$(head -n 1 "$mnt/other/.branch/log" | cut -f 5)"

remount
is 704 "$(count_lines "$mnt/other/.branch/log")"
is "$(head -n 1 log | cut -f 1)" "$(cut -c 1-12 "$mnt/other/.branch/head")"
is Subject "$(sed '1,/^$/d' "$b/commit")"
