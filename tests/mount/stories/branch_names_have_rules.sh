start
long=$(printf 'x%.0s' $(seq 1 200))
for name in a A1 'a b' 'ä€😀' a.b a- _ 'x.nt' "$long" "${long:0:198}é"; do
    mkdir -- "$mnt/$name"
    [ -d "$mnt/$name" ] || fail "no branch '$name'"
    rmdir -- "$mnt/$name"
done
for name in .a -a 'a~' 'a^b' 'a:b' '@' 'a{' 'b}' 'a\b' '*' 'wh?' '[a' $'a\nb' $'a\tb' $'a\x7f' \
    $'\xff' $'a\xc3' $'\xc3\x28' $'\xed\xa0\x80'; do
    fails_with 'Invalid argument' mkdir -- "$mnt/$name"
done
fails_with 'File name too long' mkdir "$mnt/${long}x"
fails_with 'File name too long' mkdir "$mnt/$(printf 'x%.0s' $(seq 1 256))"
fails_with 'Invalid argument' mkdir "$main/.branch/fork/a:b"
mkdir "$mnt/ok"
fails_with EINVAL "$POKE" rename "$mnt/ok" "$mnt/not:ok"
is $'main\nok' "$(ls -A "$mnt")"
