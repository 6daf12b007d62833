#!/usr/bin/env bash
# Large compressed streams come in and go out in bounded memory; one that is interrupted leaves the
# file in progress as it was.
# shellcheck source=tests/cli/common.bash
. "$(dirname "$0")/common.bash"
command -v zstd > /dev/null || exit 77

"$triplefs" init s
awk 'BEGIN { for (i = 0; i < 1400000; i++) printf "<http://example.org/thing/%09d> <http://example.org/property> \"value %d\" .\n", i, i * 7919 % 1000003 }' > big.nt
[ "$(stat -c %s big.nt)" -gt 100000000 ] || fail "not 100 MB"
zstd -q -1 big.nt
head -c 60000000 /dev/urandom > blob
tar -cf - big.nt blob | zstd -q -1 > big.tar.zst

# Peak resident memory in KiB of a command, as the kernel counts it.
peak() {
  python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=open("stdout", "wb"), stdin=open("stdin", "rb"))
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$@"
}
# AddressSanitizer keeps what was freed, and more beside what is not: no measure then.
limit=220000
! grep -qa __asan_init "$triplefs" || limit=4000000
bounded() {
  local size
  size=$(peak "$triplefs" "$@")
  [ "$size" -lt "$limit" ] || fail "triplefs $*: $size KiB"
}
ln -s /dev/null stdin
bounded import -q --memory 64M s main big.nt.zst
ln -sf big.nt.zst stdin
bounded import -q --memory 64M --as piped.nt s main -
"$triplefs" export s main piped.nt | cmp - big.nt
"$triplefs" export --compress gz s main big.nt | gzip -dc | cmp - big.nt
bounded import -q --memory 64M --create s tarred big.tar.zst
"$triplefs" export s tarred big.nt | cmp - big.nt
"$triplefs" export s tarred blob | cmp - blob
"$triplefs" export -q -o all.nq.zst --format nquads s tarred big.nt
[ "$(zstd -dc all.nq.zst | wc -l)" = 1400000 ] || fail "not all"

# Interrupted at any moment.
echo '<a:b> <c:d> "old" .' > old.nt
for round in 1 2 3 4 5 6; do
  "$triplefs" import -q --as there.nt s main old.nt
  timeout -s INT "0.$((RANDOM % 6))" "$triplefs" import -q --as there.nt s main big.nt.zst || true
  "$triplefs" export s main there.nt > got
  cmp -s got old.nt || cmp -s got big.nt || fail "round $round: neither the old nor the new text"
  timeout -s INT "0.$((RANDOM % 6))" "$triplefs" import -q --create --tar --as in s "cut$round" - < <(cat big.tar.zst) || true
  for name in big.nt blob; do
    ! "$triplefs" export s "cut$round" "in/$name" > got 2> /dev/null || cmp got "$name" || fail "round $round: half of $name"
  done
done
mkfifo pipe
exec 4<> pipe
head -c 1000000 big.tar.zst >&4 &
timeout -s INT 1 "$triplefs" import -q --tar --create --as in s waits - < pipe && fail "went on"
exec 4>&-
refuses 1 'cannot export' export s waits in/big.nt
[ -z "$(ls s/spool)" ] || fail "temporary files are left"
"$triplefs" check s | grep -q 'no problem found'
