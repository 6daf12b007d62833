#!/usr/bin/env bash
# canon prints the form that does not depend on labels of blank nodes; diff --isomorphic compares by
# it.
# shellcheck source=tests/cli/common.bash
. "$(dirname "$0")/common.bash"

cat > a.nt << 'END'
_:ann  <http://ex.org/knows> _:bob .
_:bob <http://ex.org/name> "Bob"@EN .
<http://ex.org/x> <http://ex.org/p> "_:ann" .
END
cat > b.nt << 'END'
<http://ex.org/x> <http://ex.org/p> "_:ann" .
_:ann <http://ex.org/name> "Bob"@en .
_:q <http://ex.org/knows> _:ann .
_:q <http://ex.org/knows> _:ann .
END
"$triplefs" canon a.nt > a.canon
"$triplefs" canon < b.nt | cmp - a.canon
"$triplefs" canon a.canon | cmp - a.canon
[ "$(grep -c '_:c14n' a.canon)" = 2 ] && [ "$(wc -l < a.canon)" = 3 ] || fail "not what was given"
LC_ALL=C sort -c a.canon
head -n 1 a.nt > part1.nt
tail -n 2 a.nt > part2.nt
"$triplefs" canon part1.nt part2.nt | cmp - a.canon
[ "$("$triplefs" canon --map a.nt | tr '\n' ' ')" = "$("$triplefs" canon --map b.nt |
    sed 's/^_:ann/_:bob/; s/^_:q/_:ann/' | tr '\n' ' ')" ] || fail "the maps differ"
"$triplefs" canon --hash sha384 a.nt > long.canon
[ "$(wc -l < long.canon)" = 3 ] || fail "not what was given"
"$triplefs" canon < /dev/null | cmp - /dev/null

# Files that say the same have no difference, whatever their labels.
[ -z "$("$triplefs" diff --isomorphic a.nt b.nt)" ] || fail "a difference was found"
echo '_:q <http://ex.org/knows> <http://ex.org/x> .' >> b.nt
"$triplefs" diff --isomorphic a.nt b.nt > difference
grep -q '^A _:c14n[01] <http://ex.org/knows> <http://ex.org/x> \.$' difference || fail "it was not shown"

# Poison is refused at once, unless more steps are allowed.
for a in 0 1 2 3 4 5; do
    for b in 0 1 2 3 4 5; do
        [ "$a" = "$b" ] || echo "_:n$a <http://ex.org/p> _:n$b ."
    done
done > clique.nt
refuses 1 'clique.nt: its blank nodes are too much alike to be told apart within 1000 steps .RDFC-1.0 poison graph.; --limit raises it' canon --limit 1000 clique.nt
[ "$("$triplefs" canon --limit 1000000 clique.nt | wc -l)" = 30 ] || fail "the limit was not raised"
refuses 1 'clique.nt: .*within 1000 steps .*; --limit raises it' diff --isomorphic --limit 1000 a.nt clique.nt
[ -z "$("$triplefs" diff --isomorphic --limit 1000000 clique.nt clique.nt)" ] || fail "the limit was not raised"
refuses 2 'a number from 1 on' diff --isomorphic --limit none a.nt a.nt
refuses 2 'is for --isomorphic alone' diff --limit 10

echo '_:r <http://ex.org/q> <<( _:a <http://ex.org/p> "x" )>> .' > term.nt
refuses 1 'blank node in a triple term, such as _:a' canon term.nt
printf '<http://ex.org/a> <http://ex.org/p> "0" .\n<http://ex.org/a> oops\n' > bad.nt
status=0
"$triplefs" canon bad.nt > output 2>&1 || status=$?
[ "$status" = 1 ] && grep -q '^triplefs: bad.nt: line 2, column 19: ' output || fail "no place was told"
refuses 1 'cannot read none.nt' canon none.nt
refuses 1 'cannot read none.nt' diff --isomorphic a.nt none.nt
refuses 2 'takes sha256 or sha384' canon --hash md5 a.nt
refuses 2 'a number from 1 on' canon --limit 0 a.nt
refuses 2 'takes two files' diff --isomorphic a.nt
status=0
"$triplefs" canon a.nt > /dev/full 2> output || status=$?
[ "$status" = 1 ] && grep -q 'No space left' output || fail "a full disk was not told"
