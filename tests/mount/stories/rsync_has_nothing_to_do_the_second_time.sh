need rsync
mkdir -p from/a/b
triples 1 400 | sort >from/people.nt
triples 1 30 | sort >from/a/b/few.nt
seq 1 1000 >from/a/numbers.txt
ln -s people.nt from/link
touch -d '2020-02-02 02:02:02' from/people.nt from/a/numbers.txt
start
rsync -a from/ "$main/"
diff -r --no-dereference from "$main"
is '' "$(rsync -a --itemize-changes from/ "$main/")" 'what the second rsync did'
is '' "$(rsync -a --itemize-changes --checksum from/ "$main/")" 'what rsync --checksum did'

triples 1 401 | sort >from/people.nt
rm from/a/numbers.txt
rsync -a --delete from/ "$main/"
diff -r --no-dereference from "$main"
rsync -a --inplace --no-whole-file --ignore-times from/ "$main/"
diff -r --no-dereference from "$main"
rsync -a "$main/" out/
diff -r --no-dereference from out
is '' "$(find "$main" -name '.*.??????')" 'temporary files'
remount
is '' "$(rsync -a --itemize-changes from/ "$main/")" 'what rsync did after a remount'
