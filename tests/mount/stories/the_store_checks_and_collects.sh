# `check` verifies the store while it is in use; `gc` frees what nothing needs; `config` has settings.
start
s=$mnt/.store
triples 1 1000 >"$main/people.nt"
echo one >"$main/.branch/commit"
head -c 300000 /dev/urandom >"$main/blob"
cat "$s/check" >report
is 'problems 0' "$(grep ^problems report)"
is 'branches 1' "$(grep ^branches report)"
is '' "$(grep -vE '^[a-z_]+ [0-9]+$' report || true)"
(for i in $(seq 1 40); do triple "$i" >>"$main/busy.nt"; done) &
for i in 1 2 3; do
    cat "$s/check" >report
    is 'problems 0' "$(grep ^problems report)"
done
wait $!

is '' "$(cat "$s/config")"
echo 'functional <http://example.org/p>' >"$s/config"
echo 'functional <http://example.org/q>' >>"$s/config"
cat "$s/config" >config
is 2 "$(count_lines config)"
contains config 'functional <http://example.org/q>'
cp config again
cat again >"$s/config"
same config <(cat "$s/config")
printf 'functional <http://example.org/r>\nfunctional <http://example.org/s>\n' >"$s/config"
is 'functional <http://example.org/r>,functional <http://example.org/s>' "$(paste -sd , "$s/config")"
remount
is 2 "$(count_lines "$s/config")"

mkdir "$mnt/gone"
triples 1 5000 >"$mnt/gone/much.nt"
echo gone >"$s/discard"
is '' "$(cat "$s/gc")"
for command in run 'older-than=30d' 'older-than=1m'; do
    echo "$command" >"$s/gc"
    cat "$s/gc" >report
    is 'entries 0' "$(grep ^entries report)"
    grep -q '^gone' "$s/discard" || fail "gc ($command) forgot a branch that was deleted a moment ago"
done
echo now >"$s/gc"
grep -qE '^layers [1-9]' "$s/gc" || fail "nothing was freed: $(cat "$s/gc")"
is '' "$(cat "$s/discard")"
cat "$s/check" >report
is 'problems 0' "$(grep ^problems report)"
triples 1 1000 | sort >expected
same expected "$main/people.nt"
