start
triples 1 10 | sort >good
cp good "$main/f.nt"
cp good "$main/g.nt"
die_after_writing() { # FILE TEXT: a process that is killed after it wrote that
    bash -c 'exec 3>"$1"; printf "%s" "$2" >&3; kill -KILL $$' bash "$1" "$2" 2>/dev/null || true
}
triples 20 30 | sort >complete
die_after_writing "$main/f.nt" "$(cat complete)"$'\n'
became() { cmp -s complete "$main/f.nt"; }
wait_until 10 became
# Half a statement at the end: not a file.
die_after_writing "$main/g.nt" "$(head -c 250 complete)"
is_rejected() { [ -e "$main/.branch/rejected/g.nt" ]; }
wait_until 10 is_rejected
same good "$main/g.nt"
head -c 250 complete | cmp - "$main/.branch/rejected/g.nt"
remount
same complete "$main/f.nt"
same good "$main/g.nt"
