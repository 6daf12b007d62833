# find -newer, make and cp -u depend on times.
start
triples 1 5 >"$main/a.nt"
triples 1 5 >"$main/b.nt"
echo x >"$main/c.txt"
touch "$main/mark"
is '' "$(find "$main" -type f -newer "$main/mark")"
sleep 0.02
triple 6 >>"$main/b.nt"
echo y >>"$main/c.txt"
is $'b.nt\nc.txt' "$(find "$main" -type f -newer "$main/mark" -printf '%f\n' | sort)"
touch -d '2011-11-11 11:11:11.111111111' "$main/a.nt"
is '2011-11-11 11:11:11.111111111 +0000' "$(stat -c %y "$main/a.nt")"
touch -h -d '1960-01-01' "$main/c.txt"
is 1960-01-01 "$(date -r "$main/c.txt" +%F)"
before=$(stat -c %y "$main")
sleep 0.02
mkdir "$main/new"
[ "$(stat -c %y "$main")" != "$before" ] || fail 'a folder that gets an entry gets a new time'
remount
is '2011-11-11 11:11:11.111111111 +0000' "$(stat -c %y "$main/a.nt")"
is 1960-01-01 "$(date -r "$main/c.txt" +%F)"
