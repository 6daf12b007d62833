# A merge replaces files as rename(2) does: who has one open goes on reading what he opened.
start
mkdir "$main/folder"
triples 1 5000 | sort >old.nt
head -c 300000 /dev/urandom >old.bytes
cp old.nt "$main/a.nt"
cp old.bytes "$main/bytes"
echo doomed >"$main/doomed.txt"
triples 1 3 >"$main/doomed.nt"
triple 1 >"$main/folder/f.nt"
triple 9 >"$main/was.nt"
echo base >"$main/.branch/commit"
mkdir "$mnt/other"
triples 4000 9000 | sort >new.nt
head -c 100000 /dev/urandom >new.bytes
cp new.nt "$mnt/other/a.nt"
cp new.bytes "$mnt/other/bytes"
rm "$mnt/other/doomed.txt" "$mnt/other/doomed.nt" "$mnt/other/folder/f.nt"
rmdir "$mnt/other/folder"
mv "$mnt/other/was.nt" "$mnt/other/is.nt"
mkdir "$mnt/other/fresh"
triple 7 >"$mnt/other/fresh/f.nt"
chmod 640 "$mnt/other/is.nt"

# The kernel knows it all, also that some of it is not there.
find "$main" -ls >/dev/null
cat "$main/a.nt" "$main/bytes" "$main/doomed.txt" "$main/was.nt" >/dev/null
[ ! -e "$main/is.nt" ] && [ ! -e "$main/fresh" ] || fail 'too early'
exec 5<"$main/a.nt" 6<"$main/bytes" 7<"$main/doomed.txt" 8<"$main/doomed.nt" 9>>"$main/bytes"
head -c 1000 <&5 >old.head

echo other >"$main/.branch/merge"

# At once, and without anybody's help: names, contents, attributes.
same new.nt "$main/a.nt"
same new.bytes "$main/bytes"
is "$(stat -c %s new.nt)" "$(stat -c %s "$main/a.nt")"
is "$(stat -c %s new.bytes)" "$(stat -c %s "$main/bytes")"
is 'a.nt bytes fresh is.nt' "$(cd "$main" && echo *)"
is 640 "$(stat -c %a "$main/is.nt")"
[ ! -e "$main/doomed.txt" ] && [ ! -e "$main/folder" ] && [ ! -e "$main/was.nt" ] || fail 'still there'
is "$(triple 7)" "$(cat "$main/fresh/f.nt")"
diff -r "$main" "$mnt/other"

cat <&5 >rest
cat old.head rest | cmp - old.nt
cmp old.bytes - <&6
is doomed "$(cat <&7)"
is 3 "$(wc -l <&8)"
is "$(stat -c %s old.nt)" "$(stat -L -c %s /proc/self/fd/5)"
is "$(stat -c %s old.bytes)" "$(stat -L -c %s /proc/self/fd/6)"
# What is written to what was replaced would be lost: so it is refused.
fails_with 'Stale file handle' bash -c 'echo more >&9'
same new.bytes "$main/bytes"
exec 5<&- 6<&- 7<&- 8<&- 9>&-
same new.nt "$main/a.nt"
triple 9999 >>"$main/a.nt"
is 5002 "$(count_lines "$main/a.nt")"

# And back, to versions that are older than what is there.
before=$(cat "$main/.branch/head")
exec 5<"$main/a.nt"
echo head~1 >"$main/.branch/reset"
same old.nt "$main/a.nt"
same old.bytes "$main/bytes"
is 'a.nt bytes doomed.nt doomed.txt folder was.nt' "$(cd "$main" && echo *)"
is "$(triple 1)" "$(cat "$main/folder/f.nt")"
mkdir "$main/folder/sub"
triple 2 >>"$main/folder/f.nt"
is 5002 "$(wc -l <&5)"
exec 5<&-
same old.nt "$main/a.nt"
triple 8888 >>"$main/a.nt"
is 5001 "$(count_lines "$main/a.nt")"
echo "$before" >"$main/.branch/reset"
diff -r "$main" "$main/.branch/at/$before"
diff -r "$main" "$mnt/other"
remount
diff -r "$main" "$mnt/other"
