# Two files that differ by the labels of their blank nodes alone have one canonical form, which is
# read below .branch/canon.
start
canon=$main/.branch/canon
mkdir "$main/people"
printf '_:a <http://ex.org/knows> _:b .\n_:b <http://ex.org/name> "Bob" .\n<http://ex.org/x> <http://ex.org/p> "x" .\n' > "$main/people/a.nt"
printf '_:q <http://ex.org/knows> _:a .\n_:a <http://ex.org/name> "Bob" .\n<http://ex.org/x> <http://ex.org/p> "x" .\n' > "$main/b.nt"
echo plain > "$main/plain.txt"

if cmp -s "$main/people/a.nt" "$main/b.nt"; then fail 'the files are different'; fi
cmp "$canon/people/a.nt" "$canon/b.nt"
"$TRIPLEFS" canon "$main/b.nt" | cmp - "$canon/b.nt"
[ "$(grep -c _:c14n "$canon/b.nt")" = 2 ]
[ "$(wc -l < "$canon/b.nt")" = 3 ]
[ "$(ls "$canon" | tr '\n' ' ')" = 'b.nt people ' ]
[ "$(ls "$canon/people")" = a.nt ]
if [ -e "$canon/plain.txt" ]; then fail 'a plain file has no canonical form'; fi
if [ -e "$canon/none.nt" ]; then fail 'there is no such file'; fi
if (echo x > "$canon/b.nt") 2> /dev/null; then fail 'nobody writes canonical forms'; fi
tail -c 5 "$canon/b.nt" | cmp - <(tail -c 5 <("$TRIPLEFS" canon "$main/b.nt"))

# What is compared is what the file says now; the past has its own forms.
echo committed > "$main/.branch/commit"
echo '_:q <http://ex.org/knows> _:q .' >> "$main/b.nt"
if cmp -s "$canon/people/a.nt" "$canon/b.nt"; then fail 'the change is not seen'; fi
cmp "$main/.branch/at/head/.branch/canon/b.nt" "$canon/people/a.nt"
[ -n "$("$TRIPLEFS" diff --isomorphic "$main/people/a.nt" "$main/b.nt")" ]
[ -z "$("$TRIPLEFS" diff --isomorphic "$main/people/a.nt" "$main/.branch/at/head/b.nt")" ]

# A poison graph ends with a reason.
for a in 0 1 2 3 4 5 6 7 8 9; do
    for b in 0 1 2 3 4 5 6 7 8 9; do
        [ $a = $b ] || echo "_:n$a <http://ex.org/p> _:n$b ."
    done
done > "$main/clique.nt"
if cat "$canon/clique.nt" > /dev/null 2> output; then fail 'poison was taken'; fi
grep -q 'File too large' output
tail -n 1 "$main/.branch/error" | grep -qF 'read canon/clique.nt: its blank nodes are too much alike'
cmp "$main/.branch/at/head/.branch/canon/b.nt" "$canon/people/a.nt"
