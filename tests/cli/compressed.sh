#!/usr/bin/env bash
# Compressed triple files come in and go out; a damaged or cut-off one changes nothing.
# shellcheck source=tests/cli/common.bash
. "$(dirname "$0")/common.bash"

"$triplefs" init s
awk 'BEGIN { for (i = 0; i < 50000; i++) printf "<http://ex.org/%06d> <http://ex.org/p> \"%d\" .\n", i, i * 7919 % 65536 }' > want.nt
packers=(gz:gzip bz2:bzip2 xz:xz zst:zstd)
for packer in "${packers[@]}"; do
  tool=${packer#*:} extension=${packer%:*}
  command -v "$tool" > /dev/null || exit 77
  "$tool" -c < want.nt > "$tool.nt.$extension"

  # Under its own name, by content from standard input, two streams one behind the other.
  "$triplefs" import s main "$tool.nt.$extension" > out
  grep -q '50,000 triples' out || fail "$tool: no summary"
  "$triplefs" export s main "$tool.nt" | cmp - want.nt
  "$triplefs" import -q --as deep/in.nt s main - < "$tool.nt.$extension"
  "$triplefs" export s main deep/in.nt | cmp - want.nt
  { head -n 100 want.nt | "$tool" -c; tail -n +101 want.nt | "$tool" -c; } > two.nt
  "$triplefs" import -q s main two.nt
  "$triplefs" export s main two.nt | cmp - want.nt
  echo '<a:a> <a:b> <a:c> .' | "$tool" -c > "more.nt.$extension"
  "$triplefs" import -q --append --as "$tool.nt" s main "more.nt.$extension"
  [ "$("$triplefs" export s main "$tool.nt" | wc -l)" = 50001 ] || fail "$tool: not appended"
  "$tool" -c < /dev/null > "nothing.nt.$extension"
  "$triplefs" import -q s main "nothing.nt.$extension"
  [ -z "$("$triplefs" export s main nothing.nt)" ] || fail "$tool: something of nothing"

  # Out: by the name, by --compress; twice the same bytes.
  "$triplefs" export -q -o "out.nt.$extension" s main two.nt
  "$tool" -dc < "out.nt.$extension" | cmp - want.nt
  "$triplefs" export --compress "$extension" s main two.nt nothing.nt | "$tool" -dc | cmp - want.nt
  "$triplefs" export --compress "$extension" s main two.nt > again
  cmp again "out.nt.$extension"
  refuses 2 "oddly.named is a directory" export -q --compress "$extension" -o oddly.named s main two.nt nothing.nt
  "$triplefs" export -q --compress "$extension" -o oddly.named s main two.nt
  cmp again oddly.named

  # Cut off anywhere, damaged anywhere, with rubbish behind it.
  size=$(stat -c %s "$tool.nt.$extension")
  for cut in 11 $((size / 3)) $((size - 9)) $((size - 1)); do
    head -c "$cut" "$tool.nt.$extension" > cut.nt
    refuses 1 'cut off|damaged' import s main cut.nt
    refuses 1 'cut off|damaged' import --append --as two.nt s main cut.nt
  done
  for at in $((size / 5)) $((size / 2)) $((size - size / 7)); do
    cp "$tool.nt.$extension" bad.nt
    printf '\x5a\xa5\x5a' | dd of=bad.nt bs=1 seek="$at" conv=notrunc status=none
    status=0
    "$triplefs" import -q s main bad.nt 2> output || status=$?
    [ "$status" = 1 ] || fail "$tool: damage at $at was taken"
  done
  { cat "$tool.nt.$extension"; echo 'something else'; } > behind.nt
  refuses 1 'damaged' import s main behind.nt
  for name in cut.nt bad.nt behind.nt; do
    refuses 1 "cannot export '$name'" export s main "$name"
  done
  "$triplefs" export s main two.nt | cmp - want.nt
done

# A checksum alone tells of some damage.
cp gzip.nt.gz sum.nt
printf '\x01\x02\x03\x04' | dd of=sum.nt bs=1 seek=$(($(stat -c %s sum.nt) - 8)) conv=notrunc status=none
refuses 1 'damaged' import s main sum.nt

# Refused text is told with its line.
printf '<a:a> <a:b> <a:c> .\n<a:a> oops .\n' | gzip > text.nt.gz
status=0
"$triplefs" import -q s main text.nt.gz 2> output || status=$?
[ "$status" = 1 ] && grep -q '^text.nt.gz: line 2, column 7: ' output || fail "no line and column"
refuses 1 "cannot export 'text.nt'" export s main text.nt

# What is no triple file stays what it is, in and out.
gzip -c < want.nt > notes.pdf.gz
cp notes.pdf.gz .nt.gz
"$triplefs" import -q s main notes.pdf.gz .nt.gz
"$triplefs" export s main notes.pdf.gz | cmp - notes.pdf.gz
"$triplefs" export -q -o same.pdf.gz s main notes.pdf.gz
cmp same.pdf.gz notes.pdf.gz
"$triplefs" export s main .nt.gz | cmp - notes.pdf.gz
# Asked for by its path, it stays one too.
"$triplefs" import -q --as keep.nt.gz s main gzip.nt.gz
"$triplefs" export s main keep.nt.gz | cmp - gzip.nt.gz

# Folders: no two files for one name.
mkdir -p folder/sub
cp gzip.nt.gz folder/sub/a.nt.gz
cp zstd.nt.zst folder/sub/b.nt.zst
echo '<a:plain> <a:b> <a:c> .' > folder/sub/b.nt
status=0
"$triplefs" import -rq s main folder 2> output || status=$?
[ "$status" = 1 ] && grep -q 'folder/sub/b.nt.zst was left out: it would be folder/sub/b.nt in the branch, as folder/sub/b.nt is' output ||
  fail "two files for one name"
"$triplefs" export s main folder/sub/a.nt | cmp - want.nt
"$triplefs" export s main folder/sub/b.nt | cmp - folder/sub/b.nt

refuses 2 '\-\-compress rar: it is gz, bz2, xz or zst' export --compress rar s main two.nt
refuses 2 'is a directory' export --compress gz -o folder s main two.nt
status=0
"$triplefs" export --compress gz s main two.nt > /dev/full 2> output || status=$?
[ "$status" = 1 ] && grep -q 'No space left' output || fail "a full disk was not told"
"$triplefs" check s | grep -q 'no problem found'
