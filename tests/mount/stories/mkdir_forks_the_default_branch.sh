# A new branch is what the default branch is now, changes of the last moment included; they diverge.
start
triples 1 50 | sort >one
cp one "$main/f.nt"
mkdir -p "$main/d"
echo hello >"$main/d/notes.md"
mkdir "$mnt/a"
same one "$mnt/a/f.nt"
is hello "$(cat "$mnt/a/d/notes.md")"
triple 51 >>"$main/f.nt"
echo changed >"$mnt/a/d/notes.md"
same one "$mnt/a/f.nt"
is hello "$(cat "$main/d/notes.md")"
rm "$mnt/a/f.nt"
is 51 "$(count_lines "$main/f.nt")"
is main "$(cat "$mnt/.store/default")"

# Of another branch: by fork/, or by making that the default.
mkdir "$mnt/a/.branch/fork/b"
is d "$(ls "$mnt/b")"
is changed "$(cat "$mnt/b/d/notes.md")"
echo a >"$mnt/.store/default"
is a "$(cat "$mnt/.store/default")"
mkdir "$mnt/c"
is changed "$(cat "$mnt/c/d/notes.md")"
fails_with 'No such file' bash -c 'echo nowhere >"$1"' bash "$mnt/.store/default"
is a "$(cat "$mnt/.store/default")"
fails_with 'File exists' mkdir "$mnt/c"
fails_with 'File exists' mkdir "$mnt/a/.branch/fork/main"
is $'a\nb\nc\nmain' "$(ls "$mnt")"
cat "$mnt/.store/branches" >branches
is 4 "$(count_lines branches)"
for branch in a b c main; do
    grep -qE "^$branch\b" branches || fail "branches should list $branch: $(cat branches)"
done
remount
is a "$(cat "$mnt/.store/default")"
is changed "$(cat "$mnt/c/d/notes.md")"
is 51 "$(count_lines "$main/f.nt")"

# An open file of one branch is nobody's business in another.
{ mkdir "$main/.branch/fork/e"; triple open; } >>"$main/f.nt"
is 52 "$(count_lines "$main/f.nt")"
is 51 "$(count_lines "$mnt/e/f.nt")"
