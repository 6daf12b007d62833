# The store's prefixes are a file: written, appended to and read with ordinary tools; what cannot be
# one is refused whole; questions know them; they outlive the mount.
start

control=$mnt/.store/prefixes
# shows TEXT: what the file says
shows() {
    is "$1" "$(cat "$control")" prefixes
}
refused() { # TEXT REASON
    fails_with 'Invalid argument' bash -c 'cat >"$1" <<<"$2"' bash "$control" "$1"
    tail -n 1 "$mnt/.store/error" >last
    contains last "$2"
}

shows ''
echo 'ex: <http://ex.org/>' >"$control"
echo 'my: <http://my.org/>' >>"$control"
shows 'ex: <http://ex.org/>
my: <http://my.org/>'
# A name again: its meaning changes, its place does not.
echo 'ex: <http://other.org/>' >>"$control"
shows 'ex: <http://other.org/>
my: <http://my.org/>'
# All that comes through one open file belongs together.
printf '%s\n' '# what we use' '@prefix a: <http://a.org/> .' 'PREFIX : <http://none.org/>' >"$control"
shows 'a: <http://a.org/>
: <http://none.org/>'
{ echo 'x: <http://x.org/>'; echo 'y: <http://y.org/>'; } >"$control"
shows 'x: <http://x.org/>
y: <http://y.org/>'

# Bad lines change nothing, and say where and why.
refused 'z: <http://z.org/>
1: <http://one.org/>' "write prefixes: line 2: what stands before ':' cannot be a prefix's name"
refused 'z http://z.org/' "line 1: what stands before ':' cannot be a prefix's name"
refused 'z: http://z.org/' "line 1: an IRI in <> must follow the prefix's name"
refused 'z' 'line 1: a prefix is written NAME: <IRI>'
refused 'z: <z.org>' 'line 1: what stands in <> is no absolute IRI'
shows 'x: <http://x.org/>
y: <http://y.org/>'

# A table copied out and in is the same; a sorted one is another.
cp "$control" "$work/table"
sort -r "$work/table" >"$control"
shows 'y: <http://y.org/>
x: <http://x.org/>'
cp "$work/table" "$control"
cmp "$control" "$work/table"
# One that has more than one write's bytes is appended in parts.
seq 2000 | sed 's,.*,p&: <http://p.org/&/>,' | split -l 500 --filter='cat >> '"$control"
is 2002 "$(count_lines "$control")"
# Everybody's appends are kept.
writers=()
for i in $(seq 20); do
    echo "n$i: <http://n.org/>" >>"$control" &
    writers+=($!)
done
wait "${writers[@]}"
is 20 "$(grep -c '^n' "$control")"
cp "$work/table" "$control"

# Questions and rewriting know them, above those that every store knows.
echo '<http://x.org/a> <http://y.org/p> "1" .' > "$main/a.nt"
echo 'foaf: <http://x.org/>' >>"$control"
is 1 "$("$TRIPLEFS" -C "$main" count 'x:a y:p ?')"
is 1 "$("$TRIPLEFS" -C "$main" count 'foaf:a ? ?')"
echo 'y: <http://z.org/>' > "$main/.branch/rewrite"
is '<http://x.org/a> <http://z.org/p> "1" .' "$(cat "$main/a.nt")"

# They outlive the mount, and the store's check knows them.
remount
shows 'x: <http://x.org/>
y: <http://y.org/>
foaf: <http://x.org/>'
echo '#' >"$control"
shows ''
