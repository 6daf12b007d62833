# On a small file system: a clear error, what was there stays, and it works again once there is room.
need_root
mkdir disk
mount -t tmpfs -o size=96M tmpfs disk 2>/dev/null || skip 'no tmpfs can be mounted'
trap 'umount -l "$work/disk" 2>/dev/null; kill -KILL $(jobs -p) 2>/dev/null || true' EXIT
store=$work/disk/store
start memory=64M
triples 1 20000 | sort >expected
cp expected "$main/f.nt"
echo before >"$main/notes"
head -c 150000000 /dev/urandom >large
fails_with 'No space left' cp large "$main/large"
contains "$main/.branch/error" 'large: no space left'
same expected "$main/f.nt"
is before "$(cat "$main/notes")"
# Text that cannot be compressed into what is left.
seq 1 1200000 | awk '{ printf "<http://e/%d> <http://e/p> \"%d %d\" .\n", $1, $1 * 7919 % 1000003, $1 * 104729 % 999983 }' >large.nt
fails_with 'No space left' cp large.nt "$main/large.nt"
same expected "$main/f.nt"
for i in $(seq 1 5); do triple "full$i" >>"$main/f.nt" 2>/dev/null || true; done
unmount_store
check_store "$store"
mount_store memory=64M
head -n 20000 "$main/f.nt" >/dev/null
is 20000 "$(comm -12 expected "$main/f.nt" | wc -l)"
# Things can be removed on a full disk, and then there is room again.
rm -f "$main/large" "$main/large.nt"
rm -rf "$main"/.branch/rejected/*
works() { echo again >"$main/notes" && triple again >>"$main/f.nt" && triples 1 30000 >"$main/new.nt"; }
has_room() { # SECONDS
    local limit=$((SECONDS + $1))
    until works 2>/dev/null; do
        [ $SECONDS -lt $limit ] || return 1
        sleep 0.5
    done
}
# If even a write of the database itself had failed, large files wait until the store is opened anew.
if ! has_room 15; then
    remount memory=64M
    has_room 5 || fail "no room after removing: $(df "$work/disk" | tail -n 1) $(tail -n 2 "$main/.branch/error")"
fi
is again "$(cat "$main/notes")"
is 30000 "$(count_lines "$main/new.nt")"
