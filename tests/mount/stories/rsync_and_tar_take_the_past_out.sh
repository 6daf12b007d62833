# The past is a folder: rsync, tar, cp and diff take it out, and nothing can be put in.
need rsync
start
mkdir "$main/geo"
triples 1 3000 | sort >people.1
cp people.1 "$main/people.nt"
triples 1 10 >"$main/geo/cities.nt"
ln -s people.nt "$main/link"
seq 1 5000 >"$main/notes.txt"
cp -r "$main" first
echo first >"$main/.branch/commit"
sed -i '/s\/17>/d' "$main/people.nt"
rm -r "$main/geo"
echo second >"$main/.branch/commit"
cp -r "$main" second

past=$main/.branch/at/head~1
rsync -a "$past/" out/
diff -r --no-dereference first out
is '' "$(rsync -a --itemize-changes "$past/" out/)" 'what the second rsync did'
is '' "$(rsync -a --itemize-changes --checksum "$past/" out/)" 'what rsync --checksum did'
rsync -a --delete "$main/.branch/at/head/" out/
diff -r --no-dereference second out

tar -C "$past" -cf past.tar .
mkdir untarred
tar -C untarred -xf past.tar
diff -r --no-dereference first untarred
tar -C "$main" -cf - . | tar -tf - >listed
lacks listed .branch
# A tag, a fork of it, and the whole past copied into the present.
echo main~1 >"$mnt/.store/tags/v1"
diff -r --no-dereference first "$main/.branch/at/v1"
cp -r "$main/.branch/at/v1/geo" "$main/"
diff -r first/geo "$main/geo"

# grep -r and find go through the past as through the present.
is geo/cities.nt "$(cd "$past" && grep -rl '"10" \.' geo)"
is 1 "$(grep -rh 's/17>' "$past" | wc -l)"
fails_with '' grep -rh 's/17>' "$main/.branch/at/head"
is "$(cd first && find . | sort)" "$(cd "$past" && find . | sort)"
is "$(cd first && find . -type f -exec sha256sum {} + | sort)" \
    "$(cd "$past" && find . -type f -exec sha256sum {} + | sort)"

fails_with 'Read-only file system' touch "$past/new"
fails_with 'Read-only file system' rm "$past/people.nt"
fails_with 'Read-only file system' bash -c 'echo x >>"$1"' bash "$past/people.nt"
fails_with 'Read-only file system' mv "$past/people.nt" "$past/x.nt"
diff -r --no-dereference first "$past"
remount
diff -r --no-dereference first "$main/.branch/at/v1"
