# diff -r, comm and diff/REF tell the same of two branches.
start
mkdir "$main/geo"
triples 1 300 >"$main/people.nt"
triples 1 20 >"$main/geo/cities.nt"
triples 1 5 >"$main/old.nt"
echo note >"$main/notes.md"
echo base >"$main/.branch/commit"
mkdir "$mnt/draft"
sed -i 's/"7"/"seven"/; /s\/9>/d' "$mnt/draft/people.nt"
triples 900 903 >>"$mnt/draft/geo/cities.nt"
triples 1 3 >"$mnt/draft/new.nt"
rm "$mnt/draft/old.nt"
echo more >>"$mnt/draft/notes.md"

paths() { # of headers
    sed -n 's/^H path "\(.*\)" \.$/\1/p' | sort
}
diff -rq "$main" "$mnt/draft" >told || [ $? = 1 ]
sed -e "s,^Files $main/\(.*\) and .* differ,\1," -e "s,^Only in [^ ]*: ,," told | sort >by-diff
paths <"$mnt/draft/.branch/diff/main" >by-patch
same by-diff by-patch

# The rows are what comm finds, file by file.
for path in people.nt geo/cities.nt; do
    comm -13 "$main/$path" "$mnt/draft/$path" | sed 's/^/A /' >added
    comm -23 "$main/$path" "$mnt/draft/$path" | sed 's/^/D /' >removed
    sed -n "\\,^H path \"$path\",,/^TC/p" "$mnt/draft/.branch/diff/main" | grep -E '^[AD] ' >rows
    cat removed added | same rows -
done
# The other way round it is the reverse.
cat "$main/.branch/diff/draft" >back
is "$(grep -c '^A <.*s/9>' back)" 1
cat back >"$mnt/draft/.branch/patch"
diff -r "$main" "$mnt/draft"
is '' "$(cat "$mnt/draft/.branch/diff/main")"
