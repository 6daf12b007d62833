# Two hundred shells at once: each appends to one shared file, edits a branch of its own, commits it
# and merges it into main. Nothing is lost, nothing is there twice, and all come to their end.
shells=${TRIPLEFS_SHELLS:-200}
start
: >"$main/shared.nt"
: >"$main/all.nt"
echo base >"$main/.branch/commit"

# Merges and commits of one branch may overtake each other: EBUSY says to try again.
insist() { # COMMAND...
    local try
    for try in $(seq 400); do
        "$@" 2>"$work/said.$BASHPID" && return 0
        grep -qE 'resource busy|No data available' "$work/said.$BASHPID" || break
        ! grep -q 'No data available' "$work/said.$BASHPID" || return 0
        sleep 0.0$((RANDOM % 9))
    done
    echo "try $try: $* says $(cat "$work/said.$BASHPID")"
    return 1
}
tell() { # CONTROL COMMAND
    echo "$2" >"$1"
}
one_shell() { # NUMBER
    local own=$mnt/shell$1
    triple "shared$1" >>"$main/shared.nt"
    mkdir "$own"
    triple "first$1" >>"$own/all.nt"
    triple "only$1" >"$own/of$1.nt"
    echo "shell $1" >"$own/.branch/commit"
    sed -i "s,first$1,second$1,g" "$own/all.nt"
    triple "shared2-$1" >>"$main/shared.nt"
    # Without a commit: the merge makes it.
    insist tell "$main/.branch/merge" "shell$1"
    insist tell "$main/.branch/commit" "after $1"
}
began=$SECONDS
pids=()
for number in $(seq "$shells"); do
    (trap - ERR; one_shell "$number") >"$work/shell.$number" 2>&1 &
    pids+=($!)
done
failed=0
for pid in "${pids[@]}"; do
    wait "$pid" || failed=$((failed + 1))
done
is 0 "$failed" "shells that failed ($(cat "$work"/shell.* | head -n 3))"
echo "$shells shells in $((SECONDS - began)) s"
rm -f "$work"/shell.* "$work"/said.*

all_there() {
    for number in $(seq "$shells"); do
        triple "shared$number"
        triple "shared2-$number"
    done | sort | cmp - "$main/shared.nt"
    for number in $(seq "$shells"); do triple "second$number"; done | sort | cmp - "$main/all.nt"
    is "$shells" "$(ls "$main" | grep -c '^of[0-9]*\.nt$')" 'files of single shells'
    for number in 1 $((shells / 2)) "$shells"; do
        is "$(triple "only$number")" "$(cat "$main/of$number.nt")"
    done
}
all_there
# Each shell's commits are in main's history once.
cut -f 1 "$main/.branch/log" >log
is "$(count_lines log)" "$(sort -u log | wc -l)" 'different commits in the log'
is "$shells" "$(cut -f 5 "$main/.branch/log" | grep -c '^shell [0-9]*$')" 'commits of shells'
is "$(seq "$shells" | sed 's/.*/Merge shell& into main/' | sort)" \
    "$(cut -f 5 "$main/.branch/log" | grep '^Merge ' | sort)" 'merges'
is clean "$(cat "$main/.branch/status")"
# All merged: so all branches can go.
for number in $(seq "$shells"); do rmdir "$mnt/shell$number"; done
is main "$(ls "$mnt")"
remount
all_there
