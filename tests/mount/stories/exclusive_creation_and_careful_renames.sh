start
"$POKE" create-new "$main/lock"
fails_with EEXIST "$POKE" create-new "$main/lock"
"$POKE" create-new "$main/new.nt"
fails_with EEXIST "$POKE" create-new "$main/new.nt"
(set -o noclobber && fails_with 'cannot overwrite' bash -o noclobber -c ': >"$1"' bash "$main/lock")

triples 1 3 | sort >a
triples 4 6 | sort >b
cp a "$main/a.nt"
cp b "$main/b.nt"
fails_with EEXIST "$POKE" rename-noreplace "$main/a.nt" "$main/b.nt"
same a "$main/a.nt"
"$POKE" rename-noreplace "$main/a.nt" "$main/c.nt"
same a "$main/c.nt"
"$POKE" rename-exchange "$main/c.nt" "$main/b.nt"
same b "$main/c.nt"
same a "$main/b.nt"
fails_with ENOENT "$POKE" rename-exchange "$main/c.nt" "$main/none.nt"
mkdir "$main/d"
echo inside >"$main/d/x"
"$POKE" rename-exchange "$main/d" "$main/c.nt"
same b "$main/d"
is inside "$(cat "$main/c.nt/x")"
# A folder may have a triple file's name.
mv "$main/c.nt" "$main/folder.nt"
echo other >"$main/folder.nt/y"
is $'x\ny' "$(ls "$main/folder.nt")"
mkdir "$main/full" "$main/empty"
echo x >"$main/full/x"
fails_with "Directory not empty" mv -T "$main/empty" "$main/full"
mv -T "$main/full" "$main/empty"
is x "$(cat "$main/empty/x")"
fails_with 'subdirectory of itself' mv "$main/folder.nt" "$main/folder.nt/below"
mv -n "$main/b.nt" "$main/d" 2>/dev/null || true
same b "$main/d"
