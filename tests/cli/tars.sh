#!/usr/bin/env bash
# A tar is unpacked into a branch and a branch packed into one, as tar(1) has it.
# shellcheck source=tests/cli/common.bash
. "$(dirname "$0")/common.bash"
command -v tar > /dev/null || exit 77

"$triplefs" init s
umask 022
mkdir -p tree/deep/er "tree/n am\\es" tree/empty
awk 'BEGIN { for (i = 0; i < 20000; i++) printf "<http://ex.org/%06d> <http://ex.org/p> \"%d\" .\n", i, i }' > tree/deep/a.nt
echo '<a:b> <a:c> <a:d> <a:g> .' > tree/deep/er/b.nq
echo 'plain text' > tree/notes.md
: > tree/none.nt
head -c 3000000 /dev/urandom > tree/deep/blob.bin
echo '<a:x> <a:y> <a:z> .' > "tree/n am\\es/größe – 名前.nt"
long=tree/deep/$(printf 'x%.0s' {1..200})
mkdir "$long"
echo '<a:l> <a:o> <a:n> .' > "$long/$(printf 'y%.0s' {1..180}).nt"
ln -s ../notes.md tree/deep/link
ln -s /nowhere/at/all tree/dangling
chmod 640 tree/notes.md
chmod 750 tree/deep/er
chmod 755 tree/deep/blob.bin
touch -d '2001-02-03 04:05:06.123456789' tree/notes.md tree/deep/a.nt
touch -h -d '1999-12-31 23:59:59' tree/dangling
touch -d '2011-11-11 11:11:11' tree/deep tree/empty

# In: by name, in any of tar's formats, compressed or not; from a pipe.
for format in gnu posix ustar; do
  [ "$format" = ustar ] && rm -rf "$long" # which it cannot say
  tar -C tree --format="$format" --exclude=./dangling -cf "$format.tar" .
  gzip -kf "$format.tar"
  "$triplefs" import -q --create s "$format" "$format.tar.gz"
  "$triplefs" export -q -o "$format.out" s "$format"
  diff -r --no-dereference -x dangling tree "$format.out"
  "$triplefs" import -q --create --tar s "$format-piped" - < <(cat "$format.tar")
  "$triplefs" export -q -o "$format.piped" s "$format-piped"
  diff -r --no-dereference "$format.out" "$format.piped"
  [ -z "$(ls s/spool)" ] || fail "temporary files are left"
done
tar -C tree -cf all.tar .
"$triplefs" import s main all.tar > out
grep -qE '^imported 6 files into branch main: 20,002 triples' out || { cat out; fail "no summary"; }
"$triplefs" export -q -o got s main
diff -r --no-dereference tree got
for path in notes.md deep deep/er deep/blob.bin empty; do
  [ "$(stat -c '%a %F' "tree/$path")" = "$(stat -c '%a %F' "got/$path")" ] || fail "the mode of $path is lost"
done
tar --format=posix -C tree -cf all.tgz --gzip .
"$triplefs" import -q s main all.tgz
"$triplefs" export -q -o times s main
for path in notes.md deep deep/a.nt empty dangling; do
  [ "$(stat -c %Y.%y "tree/$path")" = "$(stat -c %Y.%y "times/$path")" ] || fail "the time of $path is lost"
done

# Below a folder; kept as a file; not by a folder's recursion.
"$triplefs" import -q --as below/here s main all.tar
"$triplefs" export s main below/here/deep/a.nt | cmp - tree/deep/a.nt
"$triplefs" import -q --as kept.tar s main all.tar
"$triplefs" export s main kept.tar | cmp - all.tar
mkdir folder && cp all.tgz folder
"$triplefs" import -rq s main folder
"$triplefs" export s main folder/all.tgz | cmp - all.tgz
cp all.tar no-name
"$triplefs" import -q --tar --as again s main no-name
"$triplefs" export s main again/none.nt | cmp - /dev/null
# The same file twice.
mkdir twice && cp tree/deep/a.nt tree/notes.md twice && ln twice/a.nt twice/b.nt && ln twice/notes.md twice/z.md
tar -C twice -cf twice.tar .
"$triplefs" import -q --as twice s main twice.tar
"$triplefs" export s main twice/b.nt | cmp - tree/deep/a.nt
"$triplefs" export s main twice/z.md | cmp - tree/notes.md

# Out: tar(1) reads it, and reads it whole from a compressed one.
"$triplefs" export -o s.tar s posix 2> output
grep -q '^exported .* files of branch posix into s.tar: ' output || fail "no summary"
mkdir unpacked && tar -C unpacked -xpf s.tar
diff -r --no-dereference posix.out unpacked
[ "$(stat -c %a unpacked/notes.md)" = 640 ] || fail "the mode is lost"
"$triplefs" export --format tar --compress zst s posix | zstd -dc | cmp - s.tar
"$triplefs" export -q -o s.tar.xz s posix
xz -dc s.tar.xz | cmp - s.tar
"$triplefs" export -q -o part.tar s posix deep/er notes.md
[ "$(tar -tf part.tar | sort | tr '\n' ' ')" = 'deep/er/ deep/er/b.nq notes.md ' ] || fail "not the paths alone"

# What leads out of the branch: nothing is changed.
"$triplefs" init clean
"$triplefs" import -q clean main tree/notes.md
"$triplefs" export --format dump clean main > before
mkdir -p evil/in && echo '<a:evil> <a:b> <a:c> .' > evil/bad.nt && cp evil/bad.nt evil/in/fine.nt
tar -C evil/in -cPf up.tar fine.nt ../bad.nt
tar -C evil -cPf absolute.tar in/fine.nt "$PWD/evil/bad.nt"
tar -C evil --transform 's,^bad.nt,.branch/x.nt,' -cf control.tar in/fine.nt bad.nt
refuses 1 "'\.\./bad.nt' in it leads out of the branch" import clean main up.tar
refuses 1 "bad.nt' in it is an absolute path" import clean main absolute.tar
refuses 1 "'\.branch/x.nt' in it cannot be in a branch: '.branch' is the branch's control directory" import clean main control.tar
# A link is no way out either.
mkdir slip && ln -s / slip/l && tar -C slip -cf slip.tar l && rm slip/l && mkdir slip/l && cp evil/bad.nt slip/l/triplefs-slip.nt
tar -C slip -rf slip.tar l/triplefs-slip.nt
status=0
"$triplefs" import -q --create s slip slip.tar 2> output || status=$?
[ "$status" = 1 ] && grep -q "'l' is a file there" output || fail "through a link"
[ ! -e /triplefs-slip.nt ] || fail "out of the branch"

# Cut off, damaged, no tar at all: nothing is changed.
size=$(stat -c %s all.tar)
for cut in 100 700 $((size / 2)); do
  head -c "$cut" all.tar > cut.tar
  refuses 1 'cut off|no tar' import clean main cut.tar
done
# Between two members.
tar -C tree --format=ustar -cf short.tar notes.md none.nt
head -c 1024 short.tar > cut.tar
refuses 1 'cut off' import clean main cut.tar
head -c $(($(stat -c %s all.tgz) - 4)) all.tgz > cut.tgz
refuses 1 'its gzip data is cut off' import clean main cut.tgz
cp all.tgz bad.tgz
printf '\x5a\xa5\x5a' | dd of=bad.tgz bs=1 seek=$(($(stat -c %s all.tgz) / 2)) conv=notrunc status=none
refuses 1 'damaged|cut off' import clean main bad.tgz
cp tree/notes.md text.tar
refuses 1 'it is no tar' import clean main text.tar
: > empty.tar
refuses 1 'it is no tar' import clean main empty.tar
"$triplefs" export --format dump clean main | cmp - before

# A triple file that is refused, and what is no file: the others come in.
mkfifo evil/fifo
printf '<a:a> <a:b> <a:c> .\n<a:a> oops .\n' > evil/wrong.nt
tar -C evil -cf evil.tar .
status=0
"$triplefs" import -q clean main evil.tar 2> output || status=$?
[ "$status" = 1 ] || fail "status $status"
grep -qF 'evil.tar(./wrong.nt): line 2, column 7: ' output || fail "no line and column"
grep -qF 'cannot import evil.tar(./fifo) as fifo' output || fail "a FIFO was not told"
"$triplefs" export clean main in/fine.nt | cmp - evil/bad.nt
refuses 1 "cannot export 'wrong.nt'" export clean main wrong.nt
for store in s clean; do
  "$triplefs" check "$store" | grep -q 'no problem found'
done
