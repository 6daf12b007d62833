#!/usr/bin/env bash
# The commands of the README do what it says: every block that is marked as checked runs, in order,
# in one shell and an empty home; where the README shows what a block prints, it prints that, but for
# ids, times and folders, which are others each time.
# usage: readme_commands.sh README TRIPLEFS
set -euo pipefail
readme=$(realpath "$1")
program=$(realpath "$2")
[ -c /dev/fuse ] || { echo "there is no /dev/fuse" >&2; exit 1; }

work=$(mktemp -d)
finish() {
  local status=$?
  trap - EXIT
  cd /
  mountpoint -q "$work/kg" && "$program" umount "$work/kg"
  rm -rf "$work"
  exit "$status"
}
trap finish EXIT

mkdir "$work/bin" "$work/blocks"
ln -s "$program" "$work/bin/triplefs"
# Blocks become files: N.sh, and N.text for what N.sh prints.
awk -v folder="$work/blocks" '
  /^<!-- checked by tests\/readme_commands.sh -->$/ { marked = "sh"; next }
  /^<!-- prints -->$/ { marked = "text"; next }
  /^```/ && inside { inside = 0; close(file); marked = ""; next }
  /^```/ && marked {
    if (marked == "sh") number++
    file = sprintf("%s/%02d.%s", folder, number, marked)
    printf "" > file
    inside = 1
    next
  }
  inside { print > file }
  !inside && NF { marked = "" }
' "$readme"

{
  echo 'set -eo pipefail'
  for block in "$work"/blocks/*.sh; do
    printf 'exec > %q 2> %q\n' "$block.out" "$block.err"
    cat "$block"
  done
} > "$work/all"
if ! (cd "$work" && HOME=$work PATH=$work/bin:$PATH bash "$work/all"); then
  echo "a block of the README failed; the last of these is the one:" >&2
  for block in "$work"/blocks/*.sh; do
    [ -e "$block.out" ] || continue
    echo "--- $(basename "$block")" >&2
    cat "$block" "$block.out" "$block.err" >&2
  done
  exit 1
fi
# Commits' ids are long or short; the README's home is ~.
alike() {
  sed -E -e "s|$work|~|g" -e 's/\b([0-9a-f]{64}|[0-9a-f]{12})\b/ID/g' \
    -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/TIME/g' -e 's/\b[0-9]+\.[0-9]{3} ms/TIME/' "$1"
}

blocks=0
for block in "$work"/blocks/*.sh; do
  blocks=$((blocks + 1))
  expected=${block%.sh}.text
  [ ! -e "$expected" ] || diff -u <(alike "$expected") <(alike "$block.out")
done
[ "$blocks" -gt 0 ]
echo "$blocks blocks of the README did what it says"
