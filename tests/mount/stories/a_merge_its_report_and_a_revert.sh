# Branches are merged by a word, and a commit is undone by a word.
start
b=$main/.branch
is '' "$(cat "$b/merge")" 'the report before any merge'
triples 1 10 >"$main/people.nt"
triples 1 5 >"$main/places.nt"
echo base >"$b/commit"
mkdir "$mnt/clean up"
triple 11 >>"$mnt/clean up/people.nt"
sed -i '/s\/2>/d' "$mnt/clean up/people.nt"
echo theirs >"$mnt/clean up/.branch/commit"
triple 12 >>"$main/people.nt"
triple 6 >>"$main/places.nt" # uncommitted: a merge commits it first

# A dry run tells and changes nothing.
sha256sum "$main"/*.nt >before
head=$(cat "$b/head")
echo 'clean up policy=strict dry-run' >"$b/merge"
sha256sum "$main"/*.nt | same before -
cat "$b/merge" >report
[ -s report ] || fail 'a dry run has no report'

# The name has a blank in it; options come behind it.
echo 'clean up engine=scalar policy=auto' >"$b/merge"
{ triple 1 && triples 3 12; } | sort >expected
same expected "$main/people.nt"
is 6 "$(count_lines "$main/places.nt")"
is clean "$(cat "$b/status")"
is 2 "$(grep -c ^parent "$b/commit")" 'parents of the merge'
is "$(cat "$mnt/clean up/.branch/head")" "$(sed -n 's/^parent //p' "$b/commit" | tail -n 1)"
cat "$b/merge" >report
contains report scalar
contains report "$(cat "$b/head")"
merged=$(cat "$b/head")

# Again there is nothing to do; the other branch moves to ours.
echo 'clean up' >"$b/merge"
is "$merged" "$(cat "$b/head")"
echo main >"$mnt/clean up/.branch/merge"
is "$merged" "$(cat "$mnt/clean up/.branch/head")"
same expected "$mnt/clean up/people.nt"

# Undoing a commit in the middle keeps what came later.
triple 20 >>"$main/people.nt"
echo twenty >"$b/commit"
twenty=$(cat "$b/head")
triple 21 >>"$main/people.nt"
echo 'twenty-one' >"$b/commit"
echo "${twenty:0:12}" >"$b/revert"
{ cat expected && triple 21; } | sort >reverted
same reverted "$main/people.nt"
is clean "$(cat "$b/status")"
is '+0 -1' "$(head -n 1 "$b/log" | cut -f 4)"
is "$(cat "$b/head")" "$(sed -n 's/^commit //p' "$b/commit")"

# It can be undone by a reset, and what was then is in the reflog.
echo head~1 >"$b/reset"
contains "$main/people.nt" '/20>'
grep -qE ' (reset|merge) ' "$mnt/.store/reflog" || fail "the reflog: $(cat "$mnt/.store/reflog")"
remount
contains "$main/people.nt" '/20>'
same expected "$mnt/clean up/people.nt"
