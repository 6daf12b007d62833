start
triples 1 10 | sort >expected
cp expected "$main/f.nt"
echo plain >"$main/p"
exec 3<"$main/f.nt" 4<>"$main/p" 5<>"$main/gone"
rm "$main/f.nt" "$main/p" "$main/gone"
is '' "$(ls -A "$main")"
cat <&3 | cmp - expected
is plain "$(cat <&4)"
echo more >&4
echo written >&5
is 'written' "$(cat "/proc/$$/fd/5" 2>/dev/null || cat /dev/fd/5)"
exec 3<&- 4<&- 5<&-
# Replaced by a rename, the old one goes on being read.
cp expected "$main/f.nt"
exec 3<"$main/f.nt"
triples 50 60 >"$main/temp.nt"
mv "$main/temp.nt" "$main/f.nt"
cat <&3 | cmp - expected
exec 3<&-
# Killed with an unlinked file open: nothing is left of it.
exec 5<>"$main/gone"
head -c 1000000 /dev/urandom >&5
rm "$main/gone"
kill_daemon 5
check_store "$store"
mount_store
is f.nt "$(ls -A "$main")"
