start
triples 1 5 >"$main/f.nt"
mkdir "$mnt/a" "$mnt/b"
triple a >>"$mnt/a/f.nt"
mv "$mnt/a" "$mnt/neu ö"
is $'b\nmain\nneu ö' "$(ls "$mnt")"
is 6 "$(count_lines "$mnt/neu ö/f.nt")"
fails_with '' mv -T "$mnt/neu ö" "$mnt/b"
fails_with EEXIST "$POKE" rename-noreplace "$mnt/neu ö" "$mnt/b"
"$POKE" rename-exchange "$mnt/neu ö" "$mnt/b"
is 6 "$(count_lines "$mnt/b/f.nt")"
is 5 "$(count_lines "$mnt/neu ö/f.nt")"
# What is open in it stays open under the new name.
exec 3>>"$mnt/b/f.nt"
mv "$mnt/b" "$mnt/c"
triple after >&3
exec 3>&-
is 7 "$(count_lines "$mnt/c/f.nt")"
# The default branch is the same one under another name.
mv "$main" "$mnt/trunk"
is trunk "$(cat "$mnt/.store/default")"
mkdir "$mnt/from-trunk"
is 5 "$(count_lines "$mnt/from-trunk/f.nt")"
# A branch is no folder, and a folder is no branch.
mkdir "$mnt/trunk/folder"
fails_with EPERM "$POKE" rename "$mnt/trunk/folder" "$mnt/folder"
fails_with EPERM "$POKE" rename "$mnt/from-trunk" "$mnt/trunk/from-trunk"
[ -d "$mnt/trunk/folder" ] && [ -d "$mnt/from-trunk" ] || fail 'they stay where they were'
remount
is $'c\nfrom-trunk\nneu ö\ntrunk' "$(ls "$mnt")"
is 7 "$(count_lines "$mnt/c/f.nt")"
