# diff/REF is RDF Patch that turns what REF names into the branch.
start
mkdir "$main/geo"
triples 1 2000 >"$main/a.nt"
triples 1 3 >"$main/geo/old.nt"
triples 5 6 >"$main/doomed.nt"
head -c 200000 /dev/urandom >"$main/bytes"
ln -s a.nt "$main/link"
echo first >"$main/.branch/commit"
mkdir "$mnt/fork"
diff=$mnt/fork/.branch/diff
is '' "$(cat "$diff/main")"
is '' "$(cat "$diff/head")"

sed -i '/"5"/d' "$mnt/fork/a.nt"
triples 3000 9000 >>"$mnt/fork/a.nt"
mv "$mnt/fork/geo/old.nt" "$mnt/fork/geo/new.nt"
rm "$mnt/fork/doomed.nt"
mkdir "$mnt/fork/more"
echo '<http://example.org/s> <http://example.org/p> "\u00e9\n\"" <http://example.org/g> .' >"$mnt/fork/more/q.nq"
head -c 100000 /dev/urandom >"$mnt/fork/bytes"
chmod 750 "$mnt/fork/more"
ln -sfn geo "$mnt/fork/link"

cat "$diff/main" >patch
head -n 1 patch | grep -qE '^H path ".*" \.$' || fail 'a patch begins with its path'
is 6001 "$(grep -c '^A .*/s/[0-9]\{4\}> ' patch)"
is 1 "$(grep -c '^D ' patch)"
# The same at any offset, in any order.
for block in 3 0 7 1; do
    dd if="$diff/main" bs=40000 skip=$block count=1 status=none >piece
    dd if=patch bs=40000 skip=$block count=1 status=none | cmp - piece
done
is "$(tail -n 2 patch)" "$(tail -n 2 "$diff/main")"
is "$(head -n 2 patch)" "$(head -n 2 "$diff/main")"
is '' "$(ls -A "$diff")"
fails_with 'No such file' cat "$diff/nonesuch"
fails_with 'Permission denied' bash -c 'echo x >"$1"' bash "$diff/main" || [ "$(id -u)" = 0 ]

# What a reader gets is of one moment, whatever happens meanwhile.
exec 5<"$diff/main"
triple 77777 >>"$mnt/fork/geo/new.nt"
cmp patch - <&5
exec 5<&-
sed -i '/"77777"/d' "$mnt/fork/geo/new.nt"

cat patch >"$main/.branch/patch"
diff -r "$main" "$mnt/fork"
is 750 "$(stat -c %a "$main/more")"
is '' "$(cat "$diff/main")"
# And back again.
cat "$main/.branch/at/head/.branch/diff/main" >back
cat back >"$main/.branch/patch"
diff -r "$main" "$main/.branch/at/head"
is clean "$(cat "$main/.branch/status")"
