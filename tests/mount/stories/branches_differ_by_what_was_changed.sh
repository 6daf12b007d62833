# diff -r of two branches shows the edits alone; the controls are never listed.
start
mkdir "$main/geo"
triples 1 200 >"$main/people.nt"
triples 1 10 >"$main/geo/cities.nt"
echo hello >"$main/notes.md"
mkdir "$mnt/cleanup"
diff -r "$main" "$mnt/cleanup"
sed -i 's/"3"/"three"/' "$mnt/cleanup/geo/cities.nt"
echo more >>"$mnt/cleanup/notes.md"
rm "$mnt/cleanup/people.nt"
diff -rq "$main" "$mnt/cleanup" >seen || [ $? = 1 ]
cat >expected <<TEXT
Files $main/geo/cities.nt and $mnt/cleanup/geo/cities.nt differ
Files $main/notes.md and $mnt/cleanup/notes.md differ
Only in $main: people.nt
TEXT
same expected seen

is $'geo\nnotes.md\npeople.nt' "$(ls -A "$main")"
is $'cleanup\nmain' "$(ls -A "$mnt")"
is '' "$(find "$mnt" -name '.branch' -o -name '.store')"
is 2 "$(grep -rlF '"5"' "$mnt" | grep -c cities)"
fails_with '' grep -r '"three"' "$main"
cp -r "$main" out
is $'geo\nnotes.md\npeople.nt' "$(ls -A out)"
[ -d "$main/.branch" ] && [ -d "$mnt/.store" ] || fail 'the controls are reachable by name'
du -s "$main" >/dev/null
df "$main" | grep -q "$mnt"
