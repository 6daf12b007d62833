# Each gets one clear error that says what and where, and nothing is changed.
snapshot() { # FOLDER
    (cd "$1" && find . -printf '%p %m %s\n' | sort && find . -type f ! -name LOG -exec sha256sum {} + | sort)
}
refused() { # FOLDER TEXT
    snapshot "$1" >before
    fails_with "$2" "$TRIPLEFS" mount -f "$1" point
    contains said "$1"
    is 1 "$(count_lines said)" "lines of '$(cat said)'"
    snapshot "$1" >after
    same before after
}
mkdir point
mkdir empty foreign
echo mine >foreign/file
refused empty 'not a triplefs store'
refused foreign 'not a triplefs store'
fails_with 'not empty' "$TRIPLEFS" init foreign
is file "$(ls -A foreign)"
fails_with 'no such directory' "$TRIPLEFS" mount -f nowhere point
fails_with 'is a file' "$TRIPLEFS" mount -f foreign/file point

make_store "$store"
mount_store
triples 1 50000 >"$main/f.nt"
triples 1 30 >"$main/g.nt"
unmount_store
fails_with 'already' "$TRIPLEFS" init "$store"

cp -r "$store" newer
sed -i 's/^format .*/format 99/' newer/triplefs
refused newer 'format 99'
cp -r "$store" marker
echo garbage >marker/triplefs
refused marker 'damaged'
: >marker/triplefs
refused marker 'damaged'

# Cut off: the database's list of files, and a file of its rows.
cp -r "$store" cut
truncate -s 10 cut/db/MANIFEST-*
fails_with 'damaged' "$TRIPLEFS" mount -f cut point
contains said cut
cp -r "$store" lost
rm lost/db/CURRENT
fails_with 'damaged' "$TRIPLEFS" mount -f lost point
contains said lost
cp -r "$store" rows
largest=$(ls -S rows/db/*.sst | head -n 1)
truncate -s -1000 "$largest"
fails_with '' "$TRIPLEFS" check rows
fails_with 'damaged' "$TRIPLEFS" mount -f rows point
# A flipped byte in a row is found by check, and reading it fails instead of lying.
cp -r "$store" flipped
largest=$(ls -S flipped/db/*.sst | head -n 1)
printf '\xaa\x55\xaa' | dd of="$largest" bs=1 seek=5000 conv=notrunc status=none
fails_with 'problem' "$TRIPLEFS" check flipped
whole=$store store=flipped
mount_store
triples 1 50000 | sort >expected
if cat "$main/f.nt" >seen 2>said; then
    fail 'a damaged file was read'
fi
contains said 'Input/output error'
triples 1 30 | sort | cmp - "$main/g.nt"
unmount_store
store=$whole

# Mountpoints.
fails_with 'inside the store' "$TRIPLEFS" mount -f "$store" "$store"
mkdir "$work/out"
mv "$store" "$work/out/store"
fails_with 'would hide it' "$TRIPLEFS" mount -f "$work/out/store" "$work/out"
mv "$work/out/store" "$store"
mkdir "$store/inside" 2>/dev/null
fails_with 'inside the store' "$TRIPLEFS" mount -f "$store" "$store/inside"
rmdir "$store/inside"
fails_with 'does not exist' "$TRIPLEFS" mount -f "$store" "$work/none"
fails_with 'not a directory' "$TRIPLEFS" mount -f "$store" "$work/said"
fails_with 'unknown mount option' "$TRIPLEFS" mount -f -o nonsense "$store" point
fails_with 'at least 64M' "$TRIPLEFS" mount -f -o memory=1M "$store" point
