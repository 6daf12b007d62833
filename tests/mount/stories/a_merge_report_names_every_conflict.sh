# However many conflicts a merge has, its report has a line for each, also after a restart.
start
slots() { # COUNT VALUE [GRAPH]
    awk -v count="$1" -v value="$2" -v graph="${3:-}" 'BEGIN {
        for (i = 0; i < count; i++)
            printf "<http://example.org/s/%06d> <http://example.org/p> \"%s\"%s .\n", i, value, graph
    }'
}
many=110000
mkdir "$main/geo"
write_all() { # BRANCH VALUE
    slots $many "$2" >"$mnt/$1/geo/many.nt"
    slots 3000 "$2" ' <http://example.org/g>' >"$mnt/$1/named: graphs.nq"
    echo "$2" >"$mnt/$1/my notes.md"
}
write_all main base
echo base >"$main/.branch/commit"
mkdir "$mnt/other"
write_all other theirs
write_all main ours
b=$main/.branch

# As the folder of conflicts has them: what is in base, ours or theirs of a triple file is in conflict.
lines_of_folder() {
    local file path graph
    (cd "$b/conflicts" && find . -name 'base.*') | sed 's,^\./,,' | while read -r file; do
        path=${file%/*}
        case $path in
        *.nt) graph=0 ;;
        *.nq) graph=1 ;;
        *) echo "$path: changed on both sides" && continue ;;
        esac
        cat "$b/conflicts/$path"/* | awk -v path="$path" -v graph=$graph '{
            slot = $1 " " $2 (graph ? " " $(NF - 1) : "")
            if (!seen[slot]++)
                print path ": " slot ": one side removed what the other changed"
        }'
    done | sort
}
lines_of_report() {
    sed '1,/^milliseconds /d' "$b/merge" | sort
}
total=$((many + 3000 + 1))

# A dry run tells them all, by the tool, too.
fails_with 'Operation canceled' bash -c 'echo "other dry-run" >"$1"' bash "$b/merge"
is '' "$(ls -A "$b/conflicts")"
is "conflicts $total" "$(grep '^conflicts ' "$b/merge")"
lines_of_report >dry
is $total "$(count_lines dry)" 'lines of a dry run'
"$TRIPLEFS" merge --dry-run -C "$main" other >tool 2>&1 || is 1 $?
is $total "$(grep -c '^conflict: ' tool)" 'conflicts that the tool tells'

fails_with 'Operation canceled' bash -c 'echo other >"$1"' bash "$b/merge"
lines_of_folder >expected
is $total "$(count_lines expected)" 'conflicts in the folder'
same expected dry
lines_of_report >seen
same expected seen
"$TRIPLEFS" conflicts -C "$main" >tool
is $total "$(grep -c '^    ' tool)" 'reasons that the tool tells'
contains tool 'my notes.md'

# Any part of it can be read.
cat "$b/merge" >whole
dd if=whole of=part bs=1000 skip=1000 count=3 2>/dev/null
dd if="$b/merge" bs=1000 skip=1000 count=3 2>/dev/null | same part -

remount
cat "$b/merge" | same whole -
echo now >"$mnt/.store/gc"
cat "$b/merge" | same whole -

# Who reads it goes on while the merge is forgotten.
exec 5<"$b/merge"
head -c 100000 <&5 >part
echo abort >"$b/merge"
echo now >"$mnt/.store/gc"
head -c 100000 whole | same part -
cat <&5 >>part
exec 5<&-
same whole part
is 'outcome aborted' "$(head -n 1 "$b/merge")"
slots $many ours | same - "$main/geo/many.nt"
