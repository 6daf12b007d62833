#!/usr/bin/env bash
# What is not a store, not whole, or of another version is refused by every command, with the
# reason, and stays as it is.
# shellcheck source=tests/cli/common.bash
. "$(dirname "$0")/common.bash"

"$triplefs" init good
echo '<a:b> <c:d> "e" .' > a.nt
"$triplefs" import -q good main a.nt
mkdir point

everywhere() {
  local store=$1 status=$2 pattern=$3
  refuses "$status" "$pattern" mount "$store" point
  refuses "$status" "$pattern" import "$store" main a.nt
  refuses "$status" "$pattern" export "$store" main a.nt
  refuses "$status" "$pattern" check "$store"
}

mkdir foreign && echo mine > foreign/notes
everywhere foreign 1 "foreign is not a triplefs store \(no file 'triplefs' in it\); create one with: triplefs init DIR"
everywhere a.nt 1 'is a file, and a triplefs store is a directory'
everywhere missing 1 'there is no store missing: no such directory'
everywhere a.nt/below 1 'Not a directory'

cp -a good newer && printf 'triplefs store\nformat 7\n' > newer/triplefs
everywhere newer 1 'has format 7, and this program, triplefs [0-9.]+, knows formats up to 1; use a newer triplefs'
cp -a good marker && echo rubbish > marker/triplefs
everywhere marker 1 'marker/triplefs is damaged'

# damaged NAME PATTERN: refused, and as it was.
damaged() {
  local before
  before=$(digest "$1")
  everywhere "$1" 1 "$2"
  [ "$before" = "$(digest "$1")" ] || fail "$1 was changed"
}
cp -a good no_current && rm no_current/db/CURRENT
damaged no_current 'damaged'
cp -a good no_manifest && rm no_manifest/db/MANIFEST-*
damaged no_manifest 'damaged|cannot open'
cp -a good no_db && rm -r no_db/db
damaged no_db 'damaged'
[ ! -e no_db/db ] || fail "a database was made"
# Cut short: a manifest, and the files of rows. (A manifest's last record may be cut by a power cut, and
# is then as if it had never been written.)
cp -a good cut && for file in cut/db/MANIFEST-*; do truncate -s 100 "$file"; done
damaged cut 'damaged'
cp -a good short && for file in short/db/*.sst; do truncate -s -20 "$file"; done
damaged short 'damaged.*too short|damaged.*size'

if [ "$(id -u)" != 0 ]; then
  cp -a good locked && chmod 000 locked
  refuses 1 'Permission denied' check locked
  chmod 700 locked
fi
