# Whatever is written to the controls: a clear refusal, and everything is as it was.
start
b=$main/.branch s=$mnt/.store
triples 1 10 >"$main/people.nt"
echo base >"$b/commit"
mkdir "$mnt/theirs"
p='<http://example.org/s/1> <http://example.org/p>'
sed -i "s,^$p .*,$p \"theirs\" .," "$mnt/theirs/people.nt"
sed -i "s,^$p .*,$p \"ours\" .," "$main/people.nt"
echo theirs >"$mnt/theirs/.branch/commit"
echo ours >"$b/commit"

state() {
    sha256sum "$main/people.nt" "$mnt/theirs/people.nt"
    cat "$b/head" "$b/status" "$mnt/theirs/.branch/head" "$s/default" "$s/config"
    ls "$mnt" "$s/tags"
}
state >before
refused() { # ERROR CONTROL TEXT REASON
    local errors
    fails_with "$1" python3 -c '
import os, sys
f = os.open(sys.argv[1], os.O_WRONLY)
os.write(f, os.fsencode(sys.argv[2]).replace(b"\\0", b"\0"))' "$2" "$3"
    case $2 in "$s"/*) errors=$s/error ;; *) errors=$b/error ;; esac
    tail -n 2 "$errors" >last
    contains last "$4"
    contains last "write ${2##*/}"
    state >after
    same before after
}
enoent='No such file' einval='Invalid argument' efbig='File too large'

# REFs
for control in merge reset revert; do
    refused "$enoent" "$b/$control" nowhere nowhere
    refused "$enoent" "$b/$control" 0123456789 0123456789
    refused '' "$b/$control" 'main~~' 'main~~'
    refused "$einval" "$b/$control" $'\n' 'empty command'
    refused "$einval" "$b/$control" 'ma\0in' NUL
done
cat "$b/head" >"$s/tags/twice" # a name of a tag and of a branch is ambiguous
mkdir "$mnt/twice"
state >before
refused "$einval" "$b/reset" twice 'a branch and a tag'
rmdir "$mnt/twice"
rm "$s/tags/twice"
state >before

# Merges
refused "$einval" "$b/merge" 'theirs policy=nice' nice
refused "$einval" "$b/merge" 'theirs engine=steam' steam
refused 'Operation not supported' "$b/merge" 'theirs engine=gpu' gpu
refused "$einval" "$b/merge" 'theirs polcy=ours' 'polcy=ours'
refused 'No data' "$b/merge" continue 'no merge'
refused 'No data' "$b/merge" abort 'no merge'
refused 'Operation canceled' "$b/merge" theirs conflict
# One waits now.
refused 'resource busy' "$b/merge" theirs merge
refused 'resource busy' "$b/merge" continue 'people.nt'
echo abort >"$b/merge"
refused 'No data' "$b/merge" continue 'no merge'

# Messages
triple 77 >>"$main/people.nt"
state >before
refused "$efbig" "$b/commit" "$(head -c 70000 /dev/zero | tr '\0' m)" 65536
head -c 1000000 /dev/zero | tr '\0' m >long
fails_with 'File too large' cp long "$b/commit"
refused "$einval" "$b/commit" 'a NUL \0 in it' NUL
refused "$einval" "$b/commit" "$(printf 'no UTF-8: \xff')" UTF-8
refused "$einval" "$b/commit" '   ' ''
refused "$einval" "$b/commit" $'\n' 'empty command'

# Patches
refused "$einval" "$b/patch" $'H path "people.nt" .\nTX .\nA nonsense .\nTC .\n' 'line 3'
refused '' "$b/patch" $'H path "../people.nt" .\nTX .\nA <a:a> <a:b> <a:c> .\nTC .\n' ''
refused '' "$b/patch" $'\\0\\0\nTC .\n' ''

# The store's
refused "$einval" "$s/config" 'colour blue' 'colour blue'
refused "$einval" "$s/config" 'functional http://example.org/p' 'N-Triples'
refused '' "$s/gc" 'older-than=yesterday' yesterday
refused '' "$s/gc" sometimes sometimes
refused '' "$s/default" nowhere nowhere
refused '' "$s/discard" nowhere nowhere

# What is only read cannot be written, and what is only written not be read.
for control in head log status stats error; do
    fails_with 'Permission denied' bash -c 'echo x >"$1"' bash "$b/$control"
done
for control in check branches reflog version metrics progress; do
    fails_with 'Permission denied' bash -c 'echo x >"$1"' bash "$s/$control"
done
for control in reset revert; do
    fails_with 'Permission denied' cat "$b/$control"
done
fails_with 'Operation not permitted' rm "$b/head"
fails_with 'Operation not permitted' bash -c 'echo x >"$1"' bash "$b/new"
state >after
same before after
