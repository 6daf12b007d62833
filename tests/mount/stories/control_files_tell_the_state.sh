start
triples 1 100 >"$main/people.nt"
triples 1 5 >"$main/old.nt"
echo text >"$main/notes.md"
echo gone >"$main/gone.md"
mkdir "$main/d"
mkdir "$mnt/work"
b=$mnt/work/.branch
is clean "$(tail -n 1 "$b/status")"
triple 101 >>"$mnt/work/people.nt"
sed -i '/s\/1>/d; /s\/2>/d' "$mnt/work/people.nt"
mv "$mnt/work/old.nt" "$mnt/work/d/new.nt"
rm "$mnt/work/gone.md"
triples 1 7 >"$mnt/work/added.nt"
echo more >>"$mnt/work/notes.md"
cat "$b/status" >status
grep -qE '^A\s+added\.nt\s+\+7 -0' status || fail "no A: $(cat status)"
grep -qE '^M\s+people\.nt\s+\+1 -2' status || fail "no M: $(cat status)"
grep -qE '^M\s+notes\.md' status || fail "no M of a plain file: $(cat status)"
grep -qE '^D\s+gone\.md' status || fail "no D: $(cat status)"
grep -qE '^R\s+old\.nt.*d/new\.nt' status || fail "no R: $(cat status)"

cat "$b/stats" >stats
grep -qE '^triples 111$' stats || fail "stats: $(cat stats)"
grep -qE '^files 4$' stats || fail "stats: $(cat stats)"
for key in bytes layers; do
    grep -qE "^$key [0-9]+\$" stats || fail "stats has no $key: $(cat stats)"
done
is '' "$(grep -vE '^[a-z_.]+ .+$' stats || true)" 'lines of stats that are no key and value'
[ -n "$(cat "$mnt/.store/version")" ]
[ -n "$(cat "$mnt/.store/metrics")" ]
cat "$mnt/.store/progress" >/dev/null
is '' "$(cat "$b/error")"
contains "$mnt/.store/branches" work
ls "$b" >controls
for name in status stats error events fork rejected; do
    contains controls "$name"
done
ls "$mnt/.store" >controls
for name in branches default discard reflog version error; do
    contains controls "$name"
done
# What is only shown cannot be written.
fails_with '' bash -c 'echo x >"$1"' bash "$b/status"
fails_with '' bash -c 'echo x >"$1"' bash "$mnt/.store/branches"
# A control that is read twice through one descriptor is read anew.
exec 3<"$b/status"
head -c 1 <&3 >/dev/null
exec 3<&-
