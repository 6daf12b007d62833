# sed -i writes a temporary file and renames it over: the content is new, the file is the same one.
start
triples 1 2000 | sort >expected
cp expected "$main/f.nt"
chmod 640 "$main/f.nt"
setfattr -n user.note -v kept "$main/f.nt"
inode=$(inode_of "$main/f.nt")
sed -i 's/"7"/"seven"/; /s\/9>/d' "$main/f.nt"
sed 's/"7"/"seven"/; /s\/9>/d' expected | sort >edited
same edited "$main/f.nt"
is "$inode" "$(inode_of "$main/f.nt")" 'the inode after sed -i'
is 640 "$(stat -c %a "$main/f.nt")"
is '' "$(find "$main" -name 'sed*')"

# With a backup; and a pattern that matches nothing.
sed -i.orig 's/seven/sieben/' "$main/f.nt"
same edited "$main/f.nt.orig"
sed -i 's/nothing like this/x/' "$main/f.nt"
sed 's/seven/sieben/' edited >again
same again "$main/f.nt"

# An edit that breaks the syntax changes nothing.
fails_with 'Invalid argument' sed -i '5s/ \.$//' "$main/f.nt"
same again "$main/f.nt"
contains "$main/.branch/error" 'f.nt: line 5, column'
rm -f "$main"/sed*
remount
same again "$main/f.nt"
