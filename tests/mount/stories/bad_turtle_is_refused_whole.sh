# Turtle that is none is refused: the file stays as it was, the message has line, column and caret,
# and the text is kept.
start
f=$main/f.ttl
printf '@prefix ex: <http://example.org/> .\nex:a ex:b ex:c .\n' >"$f"
cat "$f" >good
refused() { # TEXT REASON CARET_LINE
    put_failing "$f" "$1"
    same good "$f"
    printf '%s\n' "$1" | cmp - "$main/.branch/rejected/f.ttl"
    tail -n 3 "$main/.branch/error" >last
    contains last "f.ttl: $2"
    is "    $3" "$(tail -n 1 last)" 'the line with the caret'
}
refused 'nope:a nope:b nope:c .' 'line 1, column 1: ' '^'
refused '@prefix ex: <http://example.org/> .
ex:a ex:b other:c .' 'line 2, column 11: ' '          ^'
refused '@prefix ex: <http://example.org/> .
ex:a ex:b "cut' 'line 2, column 15: ' '              ^'
refused '@prefix ex: <http://example.org/> .
ex:a ex:b <no iri> .' 'line 2, column ' '             ^'
# Added text is refused by itself.
fails_with 'Invalid argument' bash -c 'echo "ex:d ex:e none:f ." >>"$1"' bash "$f"
same good "$f"
is 'ex:d ex:e none:f .' "$(cat "$main/.branch/rejected/f.ttl")"
# A relative IRI is one of the file's own place.
mkdir "$main/geo"
echo '<#here> <http://example.org/p> <there> .' >"$main/geo/x.ttl"
cp "$main/geo/x.ttl" "$main/geo/x.nt"
is '<file:///geo/x.ttl#here> <http://example.org/p> <file:///geo/there> .' "$(cat "$main/geo/x.nt")"
# What is good again goes in, and nothing is left of what was refused.
printf '@prefix ex: <http://example.org/> .\nex:a ex:b ex:c .\n' >"$f"
same good "$f"
# A rename that would show bad text is none.
echo 'no turtle' >"$main/plain.txt"
fails_with subdirectory mv "$main/plain.txt" "$main/plain.ttl"
is 'no turtle' "$(cat "$main/plain.txt")"
