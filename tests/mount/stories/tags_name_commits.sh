# A tag is a file that holds a commit's id.
start
tags=$mnt/.store/tags
is '' "$(ls "$tags")"
triples 1 10 >"$main/people.nt"
echo one >"$main/.branch/commit"
first=$(cat "$main/.branch/head")
triples 1 20 >"$main/people.nt"
echo two >"$main/.branch/commit"
second=$(cat "$main/.branch/head")

echo main >"$tags/v2"
echo main~1 >"$tags/v1"
echo "${first:0:7}" >"$tags/start of all"
is "$second" "$(cat "$tags/v2")"
is "$first" "$(cat "$tags/v1")"
is "$first" "$(cat "$tags/start of all")"
is 'start of all,v1,v2' "$(ls "$tags" | paste -sd ,)"
is 3 "$(ls -l "$tags" | grep -c ^-)"

# A tag is a REF like any other, and stays where it is when the branch goes on.
triple 21 >>"$main/people.nt"
echo three >"$main/.branch/commit"
is "$second" "$(cat "$tags/v2")"
mkdir "$mnt/old"
echo v1 >"$mnt/old/.branch/reset"
triples 1 10 | sort >expected
same expected "$mnt/old/people.nt"
echo v2~1 >"$mnt/old/.branch/reset"
is "$first" "$(cat "$mnt/old/.branch/head")"

# Writing again moves it; a tag can be copied from another.
echo main >"$tags/v1"
is "$(cat "$main/.branch/head")" "$(cat "$tags/v1")"
cat "$tags/v2" >"$tags/copy"
is "$second" "$(cat "$tags/copy")"
cp "$tags/v2" "$tags/copied"
is "$second" "$(cat "$tags/copied")"

# What is refused leaves everything as it was.
fails_with 'No such file' bash -c 'echo nowhere >"$1"' bash "$tags/v1"
contains "$mnt/.store/error" nowhere
fails_with 'No such file' bash -c 'echo nowhere >"$1"' bash "$tags/new"
[ ! -e "$tags/new" ] || fail 'there is a tag without a commit'
is "$(cat "$main/.branch/head")" "$(cat "$tags/v1")"
fails_with 'Invalid argument' bash -c 'echo main >"$1"' bash "$tags/-x"
fails_with 'Invalid argument' bash -c 'echo main >"$1"' bash "$tags/a:b"
contains "$mnt/.store/error" 'a:b'
fails_with 'No such file' bash -c 'echo main >"$1"' bash "$tags/a/b"
fails_with 'Not a directory' bash -c 'echo main >"$1"' bash "$tags/v1/b"
fails_with '' mkdir "$tags/folder"
fails_with "" touch "$tags/empty"
[ ! -e "$tags/empty" ] || fail 'touch made a tag'

rm "$tags/copy" "$tags/copied" "$tags/start of all"
is 'v1,v2' "$(ls "$tags" | paste -sd ,)"
fails_with 'No such file' rm "$tags/copy"
fails_with 'No such file' cat "$tags/copy"
echo main >"$tags/copy"
is "$(cat "$main/.branch/head")" "$(cat "$tags/copy")"

# Others than branches' owners may read tags; the root's mode says who may set them.
remount
is 'copy,v1,v2' "$(ls "$tags" | paste -sd ,)"
is "$second" "$(cat "$tags/v2")"
