# find -newer, make and rsync see what a merge changed, and only that.
need make
start
for name in a b c; do triples 1 50 >"$main/$name.nt"; done
mkdir "$main/d"
echo kept >"$main/d/notes.md"
echo base >"$main/.branch/commit"
mkdir "$mnt/draft"
triple 99 >>"$mnt/draft/b.nt"
triples 1 3 >"$mnt/draft/d/new.nt"
echo draft >"$mnt/draft/.branch/commit"
triple 77 >>"$main/c.nt"
echo ours >"$main/.branch/commit"

cat >"$work/Makefile" <<'MAKE'
counts: $(patsubst %,count.%,a b c)
count.%: mnt/main/%.nt
	wc -l <$< >$@
	@echo counted $*
MAKE
make -s -C "$work" counts >/dev/null
sleep 0.1
touch before
exec 3<"$main/b.nt"
echo draft >"$main/.branch/merge"
is "$main/b.nt $main/d/new.nt" "$(find "$main" -type f -newer before | sort | paste -sd ' ')" 'newer files'
is 'counted b' "$(make -s -C "$work" counts)"
is 51 "$(cat count.b)"
# Who had it open goes on reading what it was.
is 50 "$(wc -l <&3)"
exec 3<&-
is 51 "$(count_lines "$main/b.nt")"
# A merge that brings nothing new touches nothing.
touch before
sleep 0.1
echo draft >"$main/.branch/merge"
is '' "$(find "$main" -newer before)" 'newer files'
