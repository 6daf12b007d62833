#!/usr/bin/env bash
# The benchmark runs, says everything that it announces, and leaves nothing behind, also when it is
# interrupted. What the figures are is not looked at.
# usage: bench_quick.sh TRIPLEFS
set -euo pipefail
program=$(realpath "$1")
[ -c /dev/fuse ] || { echo "there is no /dev/fuse" >&2; exit 1; }

work=$(mktemp -d)
finish() {
  local status=$?
  trap - EXIT
  rm -rf "$work"
  exit "$status"
}
trap finish EXIT
mkdir "$work/dir"
cd "$work"

fail() {
  echo "bench_quick: $*" >&2
  exit 1
}

nothing_left() {
  [ -z "$(ls -A dir)" ] || fail "$1 left behind: $(ls -A dir)"
  ! grep -q " $work/" /proc/self/mounts || fail "$1 left something mounted"
}

# A file of the user's, with a line that is not canonical and a duplicate.
printf '%s\n' '<a:s> <a:p> "x\u0041" .' '<a:s>  <a:p>  "xA" .' '<a:s> <a:p> <a:o> .' > mine.nt
plot=()
! command -v gnuplot > /dev/null || plot=(--plot figures.svg)
"$program" bench --quick --size 20K --runs 1 --dir dir --json figures.json "${plot[@]}" mine.nt \
  > table 2> progress || { cat progress table >&2; fail "it failed"; }
nothing_left "a run"
[ ${#plot[@]} = 0 ] || python3 -c 'import sys, xml.dom.minidom as xml; xml.parse(sys.argv[1])' \
  figures.svg || fail "the plot is no XML"

python3 - figures.json table << 'PY'
import json, sys
report = json.load(open(sys.argv[1]))
table = open(sys.argv[2]).read()
rows = {row["name"]: row for row in report["rows"]}
expected = """floor-lookup floor-copy floor-sync sort import import-memory import-serdi
import-rapper import-virtuoso turtle-import turtle-show rdfxml-import rdfxml-show
space-lubm1 space-large space-nomisma warm-cat cold-cat cold-cat-native pread-cold pread-warm append-small append-middle append-large mkdir-1 mkdir-1000
mkdir-10000 fork-memory folder-copy folder-list commit read-after-commits merge-disjoint diff
merge-small-middle merge-small-large merge-conflicts cycle cycle-merge file1-import file1-memory
file1-space""".split()
# Operations on text: a row for each instruction set of this machine, or one if they share it.
kernels = """scan find split parse parse-loose hash hash-statements sort-unique difference union meet
test masks match match-rare match-split""".split()
sets = "scalar sse4.2 avx2 avx512 neon".split()
for kernel in kernels:
    found = [name for name in rows if name in [kernel] + [kernel + "-" + set for set in sets]]
    expected += found or [kernel]
assert sorted(rows) == sorted(expected), sorted(set(rows) ^ set(expected))
assert len(report["rows"]) == len(rows)
for name, row in rows.items():
    assert "| %s " % name in table, name
    if not row["measured"]:
        assert row["note"], name + " does not say why it was not measured"
        continue
    figures = row["triplefs"]
    assert 0 < figures["least"] <= figures["median"] <= figures["most"] or "space" in name, row
    if "peer" in row:
        assert row["peer_name"] and row["ratio"] > 0 or "space" in name, row
for key in "date", "run", "seconds", "machine":
    assert report[key], key
PY

lines=$("$program" bench --generate 1000 --seed 7 | tee made.nt | wc -l)
[ "$lines" = 1000 ] || fail "--generate 1000 made $lines lines"
"$program" bench --generate 1000 --seed 7 | cmp - made.nt || fail "a seed made different lines"
! "$program" bench --generate 1000 --seed 8 | cmp -s - made.nt || fail "two seeds made the same"

refused() {
  local status=0
  "$program" bench "$@" > out 2> err || status=$?
  [ "$status" = 2 ] || fail "'bench $*' gave $status: $(cat err)"
}
refused --only no-such-group
refused no-such-group
refused kernels no-such-group
refused --runs 0
refused --size 10X
refused table

# One group alone, over the user's lines.
"$program" bench kernels --quick --size 20K --runs 1 --dir dir mine.nt > table 2> progress ||
  { cat progress table >&2; fail "the kernels failed"; }
nothing_left "a run of one group"
grep -q '^| scan' table || fail "the kernels have no row: $(cat table)"
! grep -q '^| import' table || fail "a group that was not named was measured"
grep -q ' 3 lines in memory' table || fail "the user's lines were not taken: $(cat table)"

# Refused before anything is measured.
for wrong in --plot --json; do
  status=0
  "$program" bench floors --dir dir "$wrong" no/such/folder > out 2> err || status=$?
  [ "$status" = 1 ] || fail "$wrong no/such/folder gave $status: $(cat err)"
  nothing_left "a run that was refused"
done

# Interrupted while it has a store mounted.
"$program" bench --quick --size 20K --dir dir --only mkdir > out 2> err &
bench=$!
for _ in $(seq 300); do
  ! grep -q " $work/dir/" /proc/self/mounts || break
  sleep 0.1
done
kill -TERM "$bench"
status=0
wait "$bench" || status=$?
[ "$status" = 1 ] || fail "interrupted, it gave $status: $(cat err)"
grep -q interrupted err || fail "it does not say that it was interrupted: $(cat err)"
nothing_left "an interrupted run"
