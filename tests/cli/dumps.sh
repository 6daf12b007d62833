#!/usr/bin/env bash
# A dump is taken back as it was: what is exported of it is the same, byte for byte.
# shellcheck source=tests/cli/common.bash
. "$(dirname "$0")/common.bash"

"$triplefs" init s
mkdir -p tree/deep/empty tree/zz
awk 'BEGIN { for (i = 0; i < 100000; i++) printf "_:b%06d <http://ex.org/p> \"%d\" .\n", i, i * 7 }' > tree/big.nt
printf '<a:b> <a:c> <a:d> <a:g> .\n_:x <a:c> "é\\n\\"" .\n' > tree/deep/q.nq
: > tree/deep/none.nt
head -c 2000000 /dev/urandom > tree/zz/blob
printf 'no triples' > tree/zz/größe
ln -s ../big.nt tree/zz/link
chmod 604 tree/big.nt
chmod 2775 tree/zz
touch -d '1969-07-20 20:17:40.5' tree/zz/blob
touch -d '2261-01-01' tree/deep/q.nq
"$triplefs" import -rq s main tree/.

# Extended attributes are set through a mount, where there is one.
if [ -c /dev/fuse ] && command -v setfattr > /dev/null && mkdir mnt && mount_store s mnt 2> /dev/null; then
  setfattr -n user.color -v red mnt/main/big.nt
  setfattr -n user.binary -v 0x00ff0a3d mnt/main/zz
  setfattr -n "user.a=b%41 %" -v odd mnt/main/zz
  setfattr -n user.empty -v '' mnt/main
  setfattr -n 'user.größe' -v 'groß' mnt/main/zz/blob
  "$triplefs" umount mnt
  attributes=yes
fi

for format in dump tar; do
  "$triplefs" export --format "$format" s main > "one.$format"
  "$triplefs" export --format "$format" s main | cmp - "one.$format"
  for round in 1 2; do
    "$triplefs" init "new$format$round"
    "$triplefs" import -q --tar "new$format$round" main - < "one.$format"
    "$triplefs" export --format "$format" "new$format$round" main > again
    cmp "one.$format" again || fail "round $round of $format is another one"
    sleep 0.1
  done
  # Over what is there.
  "$triplefs" import -q --tar s main "one.$format"
  "$triplefs" export --format "$format" s main | cmp - "one.$format"
  "$triplefs" import -q --create --tar s "copy-$format" - < <(zstd -q < "one.$format")
  "$triplefs" export --format "$format" s "copy-$format" | cmp - "one.$format"
done
cmp one.dump one.tar # lines are what these files show
# Whatever the locale is.
LC_ALL=C.UTF-8 "$triplefs" export --format dump s main | cmp - one.dump
if [ "${attributes-}" ]; then
  mkdir mnt2
  mount_store newdump1 mnt2
  [ "$(getfattr --only-values -n user.color mnt2/main/big.nt)" = red ] || fail "an attribute is lost"
  [ "$(getfattr --only-values -n 'user.größe' mnt2/main/zz/blob)" = groß ] || fail "an attribute is lost"
  getfattr -e hex -n user.binary mnt2/main/zz | grep -qx 'user.binary=0x00ff0a3d' || fail "an attribute is lost"
  "$triplefs" umount mnt2
fi
"$triplefs" export -q -o back newdump1 main
diff -r --no-dereference tree back

# A file of its own is replaced when the new one is whole; nothing is left of what fails.
echo old > kept.tar
refuses 1 "cannot export 'missing'" export -o kept.tar --format dump s main missing
[ "$(cat kept.tar)" = old ] || fail "replaced by nothing"
status=0
"$triplefs" export --format dump s main > /dev/full 2> output || status=$?
[ "$status" = 1 ] && grep -q 'cannot write to standard output: No space left' output || fail "a full disk was not told"
status=0
"$triplefs" export -q -o /dev/full --format dump --compress gz s main 2> output || status=$?
[ "$status" = 1 ] && grep -q 'cannot write /dev/full: No space left' output || fail "a full disk was not told"
set +o pipefail
"$triplefs" export --format dump s main 2> output | head -c 100 > /dev/null
set -o pipefail
[ ! -s output ] || fail "a closed pipe is no error to tell"
mkdir out
for round in 1 2 3 4 5 6; do
  timeout -s "$([ $((round % 2)) = 0 ] && echo KILL || echo INT)" "0.0${round}5" \
    "$triplefs" export -q -o out/x.tar.xz s main 2> output || true
  [ -e out/x.tar.xz ] || [ -z "$(ls -A out)" ] || fail "something is left: $(ls -A out)"
  ! [ -e out/x.tar.xz ] || xz -t out/x.tar.xz || fail "half a file"
  rm -f out/x.tar.xz
done
flock s/lock true
refuses 2 '\-\-format zip: it is tar, dump or nquads' export --format zip s main
# Of other syntaxes the lines come back as they were, labels and prefixes included; a tar has what
# is shown.
cat > a.ttl << 'END'
@prefix ex: <http://ex.org/> .
ex:a ex:p [ ex:q "x" ; ex:r _:label ] , ( 1 2 3 ) .
_:label ex:s <rel> .
END
printf '@prefix ex: <http://ex.org/> .\nex:g { ex:a ex:b [ ex:c ex:d ] . }\nex:a ex:b "default" .\n' > b.trig
"$triplefs" init shown
cat > c.rdf << 'END'
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:ex="http://ex.org/">
  <ex:Thing rdf:about="http://ex.org/a">
    <ex:p rdf:parseType="Resource"><ex:q xml:lang="en">x</ex:q></ex:p>
    <ex:r rdf:nodeID="label"/>
  </ex:Thing>
</rdf:RDF>
END
gzip -k a.ttl
"$triplefs" import -q shown main a.ttl.gz b.trig c.rdf
"$triplefs" export shown main a.ttl b.trig c.rdf > want
grep -q 'xmlns:ex="http://ex.org/"' want || fail "the prefixes are lost"
grep -q '^@prefix ex: <http://ex.org/> .' want || fail "the prefixes are lost"
"$triplefs" export --format dump shown main > one.dump
"$triplefs" init shown2
"$triplefs" import -q --tar shown2 main - < one.dump
"$triplefs" export --format dump shown2 main | cmp - one.dump
"$triplefs" export shown2 main a.ttl b.trig c.rdf | cmp - want
tar -xOf one.dump a.ttl | grep -qx '_:label <http://ex.org/s> <file:///rel> .' || fail "no lines in the dump"
tar -xOf one.dump c.rdf | grep -qx '<http://ex.org/a> <http://ex.org/r> _:label .' || fail "no lines in the dump"
"$triplefs" export -q -o shown.tar shown main
[ "$(tar -xOf shown.tar a.ttl b.trig c.rdf)" = "$(cat want)" ] || fail "the tar has not what is shown"
"$triplefs" export -q -o again.ttl.gz shown main a.ttl
gzip -dc again.ttl.gz | cmp - <("$triplefs" export shown main a.ttl)

"$triplefs" check newtar2 | grep -q 'no problem found'
