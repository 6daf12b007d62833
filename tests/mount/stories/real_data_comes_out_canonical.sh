# The records of nomisma.org: many scripts, many duplicates, every kind of term; also the main job:
# in, a copy, a branch, an edit, and nothing is lost when the daemon is killed.
need zstd
[ -r "$TRIPLEFS_DATA/graphs/nomisma.nt.zst" ] || skip "no $TRIPLEFS_DATA/graphs/nomisma.nt.zst"
zstd -dcq "$TRIPLEFS_DATA/graphs/nomisma.nt.zst" >nomisma.nt
canonical nomisma.nt >expected.nt
start
cp nomisma.nt "$main/nomisma.nt"
same expected.nt "$main/nomisma.nt"
is "$(count_lines expected.nt)" \
    "$(getfattr --only-values -n user.triplefs.triples "$main/nomisma.nt" 2>/dev/null)"
is "$(sha256sum <expected.nt | cut -d ' ' -f 1)" \
    "$(getfattr --only-values -n user.triplefs.sha256 "$main/nomisma.nt" 2>/dev/null)"

mkdir "$mnt/cleanup"
cp "$mnt/cleanup/nomisma.nt" "$mnt/cleanup/copy.nt"
same expected.nt "$mnt/cleanup/copy.nt"
sed 's,http://nomisma.org/id/,http://example.org/,g' expected.nt | sort -u >changed.nt
sed -i 's,http://nomisma.org/id/,http://example.org/,g' "$mnt/cleanup/nomisma.nt"
same changed.nt "$mnt/cleanup/nomisma.nt"
same expected.nt "$main/nomisma.nt"
kill_daemon
check_store "$store"
mount_store
same changed.nt "$mnt/cleanup/nomisma.nt"
same expected.nt "$mnt/cleanup/copy.nt"
same expected.nt "$main/nomisma.nt"
