# Any order, comments, blank lines, CRLF, duplicates and escapes go in; the canonical form comes out.
start
{
    printf '# people\r\n\r\n'
    printf '<http://e/b>\t<http://e/p>   "two" . # a comment\r\n'
    printf '<http://e/a> <http://e/p> "caf\\u00E9 \\"x\\" \\\\ tab\\tend"@EN-gb .\n'
    printf '   <http://e/b> <http://e/p> "two"^^<http://www.w3.org/2001/XMLSchema#string>.\n'
    printf '_:x <http://e/q> _:y.\n<http://e/\\u00E9> <http://e/p> "1"^^<http://e/int> .\r'
    printf '<http://e/a> <http://e/p> "line\\nfeed \\u0007 \\U0001F600" .'
} >in.nt
canonical in.nt >expected.nt
is 5 "$(count_lines expected.nt)"

cp in.nt "$main/people.nt"
same expected.nt "$main/people.nt"
is "$(stat -c %s expected.nt)" "$(stat -c %s "$main/people.nt")"
cp "$main/people.nt" out.nt
same expected.nt out.nt

# The canonical form goes in and comes out as it is.
cp out.nt "$main/again.nt"
same expected.nt "$main/again.nt"

{
    echo '<http://e/a> <http://e/p> "x" <http://e/g> .'
    echo '<http://e/a> <http://e/p> "x" .'
    echo '<http://e/a> <http://e/p> "x" _:g .'
} >in.nq
canonical in.nq >expected.nq
cp in.nq "$main/graphs.nq"
same expected.nq "$main/graphs.nq"

# An empty file, and one that says nothing.
: >"$main/empty.nt"
is 0 "$(stat -c %s "$main/empty.nt")"
printf '\n# nothing\n' >"$main/nothing.nt"
is 0 "$(stat -c %s "$main/nothing.nt")"
remount
same expected.nt "$main/people.nt"
same expected.nq "$main/graphs.nq"
is 0 "$(stat -c %s "$main/nothing.nt")"
