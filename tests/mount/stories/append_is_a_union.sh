# Twenty shells append at once, some to what is there already; no triple is lost or doubled.
start
triples 1 50 >"$main/log.nt"
shell() { # N
    local i
    for i in $(seq 1 20); do
        triple "$1/$i" >>"$main/log.nt"
        triple "$i" >>"$main/log.nt"
    done
}
writers=()
for n in $(seq 1 20); do
    shell "$n" 2>>writers.out &
    writers+=($!)
done
for writer in "${writers[@]}"; do
    wait "$writer" || fail "a writer failed: $(cat writers.out)"
done
{
    triples 1 50
    for n in $(seq 1 20); do
        for i in $(seq 1 20); do triple "$n/$i"; done
    done
} | sort -u >expected.nt
same expected.nt "$main/log.nt"

# tee -a and several lines in one write are appends too; the last line needs no newline.
{ triple a; triple b; } | tee -a "$main/log.nt" >/dev/null
triple c | tr -d '\n' >>"$main/log.nt"
{ cat expected.nt; triple a; triple b; triple c; } | sort -u >more.nt
same more.nt "$main/log.nt"
remount
same more.nt "$main/log.nt"
