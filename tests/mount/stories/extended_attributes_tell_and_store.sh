need getfattr setfattr
start
triples 1 100 | sort >expected
cp expected "$main/f.nt"
value() { # NAME FILE
    getfattr --only-values --absolute-names -n "$1" "$2"
}
sum() { sha256sum <"$1" | cut -d ' ' -f 1; }
is 100 "$(value user.triplefs.triples "$main/f.nt")"
is "$(sum expected)" "$(value user.triplefs.sha256 "$main/f.nt")"
triple 101 >>"$main/f.nt"
is 101 "$(value user.triplefs.triples "$main/f.nt")"
is "$(sum "$main/f.nt")" "$(value user.triplefs.sha256 "$main/f.nt")"
fails_with '' setfattr -n user.triplefs.triples -v 5 "$main/f.nt"
is 101 "$(value user.triplefs.triples "$main/f.nt")"

for path in f.nt plain folder; do
    [ $path != folder ] || mkdir "$main/folder"
    [ $path != plain ] || echo x >"$main/plain"
    setfattr -n user.note -v "about $path" "$main/$path"
    setfattr -n user.empty "$main/$path"
    is "about $path" "$(value user.note "$main/$path")"
    is '' "$(value user.empty "$main/$path")"
    getfattr -d --absolute-names "$main/$path" >list
    contains list "user.note=\"about $path\""
    setfattr -x user.note "$main/$path"
    fails_with 'No such attribute' value user.note "$main/$path"
    fails_with 'No such attribute' setfattr -x user.note "$main/$path"
done
# Of the other kinds none is stored.
fails_with 'not supported' setfattr -n trusted.x -v 1 "$main/plain"
setfattr -n user.kept -v 'also in a branch' "$main/f.nt"
mkdir "$mnt/other"
is 'also in a branch' "$(value user.kept "$mnt/other/f.nt")"
cp --preserve=xattr "$main/f.nt" "$main/copy.nt"
is 'also in a branch' "$(value user.kept "$main/copy.nt")"
setfattr -n user.large -v "$(head -c 30000 /dev/zero | tr '\0' x)" "$main/plain"
is 30000 "$(value user.large "$main/plain" | wc -c)"
remount
is 'also in a branch' "$(value user.kept "$mnt/other/f.nt")"
is 30000 "$(value user.large "$main/plain" | wc -c)"
