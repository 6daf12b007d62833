# Access lists are not stored, and whoever asks is told so: by the answer that tools take for the
# whole mount. They go on working; what was meant to be copied with a list is copied without.
need setfacl getfacl python3
start
answer() { # NAME FILE
    python3 -c '
import os, sys
try:
    os.getxattr(sys.argv[2], sys.argv[1], follow_symlinks=False)
except OSError as error:
    print(os.strerror(error.errno))' "$1" "$2"
}
mkdir "$main/folder"
triples 1 10 | sort >expected
cp expected "$main/folder/f.nt"
echo x >"$main/folder/plain"
ln -s plain "$main/folder/link"
chmod 640 "$main/folder/f.nt"
for path in "$mnt" "$mnt/.store" "$mnt/.store/gc" "$main" "$main/.branch/status" "$main/folder" \
    "$main/folder/f.nt" "$main/folder/plain"; do
    for name in system.posix_acl_access system.posix_acl_default system.other security.other; do
        is 'Operation not supported' "$(answer $name "$path")" "$name of $path"
    done
done
is 'Operation not supported' "$(answer security.selinux "$main/folder/link")"

fails_with 'Operation not supported' setfacl -m u:65534:rwx "$main/folder/f.nt"
fails_with 'Operation not supported' setfacl -m u:65534:rwx "$main/folder/plain"
fails_with 'Operation not supported' setfacl -d -m u:65534:rwx "$main/folder"
# What the mode says is all there is.
getfacl --absolute-names --omit-header "$main/folder/f.nt" >list
printf 'user::rw-\ngroup::r--\nother::---\n\n' >mode
same mode list
is 640 "$(stat -c %a "$main/folder/f.nt")"

# ls -l shows no file with a list, and says nothing.
ls -l "$main/folder" >list 2>said
lacks list +
is '' "$(cat said)"

# From here and to here, by all who take lists along.
mkdir out
cp -a "$main/folder" out/cp
cp -a out/cp "$main/cp"
cp -p "$main/folder/f.nt" out/alone.nt
cp -p out/alone.nt "$main/alone.nt"
install -m 640 out/alone.nt "$main/installed.nt"
mv out/alone.nt "$main/moved.nt"
for path in cp/f.nt alone.nt installed.nt moved.nt; do
    same expected "$main/$path"
    is 640 "$(stat -c %a "$main/$path")" "the mode of $path"
done
is plain "$(readlink "$main/cp/link")"
same expected out/cp/f.nt
tar --acls -C "$main" -cf out/folder.tar folder
mkdir "$main/tar"
tar --acls -C "$main/tar" -xpf out/folder.tar 2>said
contains said 'Operation not supported'
same expected "$main/tar/folder/f.nt"
is 640 "$(stat -c %a "$main/tar/folder/f.nt")"
sed -i 's/"3"/"three"/' "$main/folder/f.nt"
is 640 "$(stat -c %a "$main/folder/f.nt")"
is 10 "$(count_lines "$main/folder/f.nt")"
contains "$main/folder/f.nt" '"three"'
