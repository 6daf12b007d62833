# A tree of all that can be stored goes in with tar and comes out the same.
need tar
mkdir -p tree/geo/deep/er
triples 1 300 | sort >tree/people.nt
echo '<http://e/a> <http://e/b> "x" <http://e/g> .' >tree/geo/graphs.nq
printf 'notes \0 and \377 bytes' >tree/notes.md
head -c 300000 /dev/urandom >tree/geo/deep/random.bin
ln -s ../people.nt tree/geo/link.nt
ln -s nowhere tree/dangling
: >tree/empty
chmod 600 tree/notes.md
chmod 751 tree/geo
touch -d '2001-02-03 04:05:06.123456789' tree/people.nt tree/geo/deep/random.bin tree/geo/deep/er
start
tar -c --format=posix -C tree . | tar -x -p -C "$main"
diff -r --no-dereference tree "$main"
(cd tree && find . -mindepth 1 ! -type l -printf '%P %m %s %T@\n' | sort) | grep -v '^geo/\?\(deep\)\? .* 4096' >list.expected
(cd "$main" && find . -mindepth 1 ! -type l -printf '%P %m %s %T@\n' | sort) >list.seen
while read -r path mode size time; do
    [ -d "tree/$path" ] && size=[0-9]*
    grep -qE "^$path $mode $size ${time/./\\.}\$" list.seen ||
        fail "$path should be $mode $size $time: $(grep "^$path " list.seen)"
done <list.expected
tar -c --format=posix -C "$main" . >out.tar
mkdir out
tar -x -p -C out -f out.tar
diff -r --no-dereference tree out
is 2001-02-03 "$(date -r out/people.nt +%F)"
# tar says that nothing changed since.
tar -d -C "$main" -f out.tar
remount
tar -d -C "$main" -f out.tar
