# Every instruction set that this machine has computes the same merge, and reports say which it was.
make_store "$store"
names='scalar sse4.2 avx2 avx512 neon'
here=()
for name in $names; do
    if TRIPLEFS_CPU=$name "$TRIPLEFS" check "$store" >/dev/null 2>refusal; then
        here+=("$name")
    else
        contains refusal "TRIPLEFS_CPU=$name: this machine has no instruction set '$name'"
        contains refusal scalar
    fi
done
[ ${#here[@]} -ge 1 ] && [ "${here[0]}" = scalar ] || fail "every machine has scalar: ${here[*]}"

mount_store cpu=scalar
triples 1 200 >"$main/people.nt"
echo base >"$main/.branch/commit"
mkdir "$mnt/theirs"
triples 150 300 >"$mnt/theirs/people.nt"
echo theirs >"$mnt/theirs/.branch/commit"
{ triples 1 10 && triples 160 220; } >"$main/people.nt"
echo ours >"$main/.branch/commit"
fails_with 'Operation not supported' bash -c 'echo theirs engine=simd >"$1"' bash "$main/.branch/merge"
contains "$main/.branch/error" 'engine simd: '
contains "$main/.branch/error" cpu=scalar

reported() { # BRANCH
    sed -n 's/^engine //p' "$mnt/$1/.branch/merge"
}
for name in "${here[@]}"; do
    remount "cpu=$name"
    contains "$mnt/.store/metrics" "compute.set $name"
    mkdir "$mnt/of-$name"
    echo theirs >"$mnt/of-$name/.branch/merge"
    [ -s expected ] || cp "$mnt/of-$name/people.nt" expected
    same expected "$mnt/of-$name/people.nt"
    engine="simd ($name)"
    [ "$name" != scalar ] || engine=scalar
    is "$engine" "$(reported "of-$name")"
    mkdir "$mnt/plain-$name"
    echo theirs engine=scalar >"$mnt/plain-$name/.branch/merge"
    same expected "$mnt/plain-$name/people.nt"
    is scalar "$(reported "plain-$name")"
    if [ "$name" != scalar ]; then
        contains "$mnt/.store/metrics" 'compute.engine simd'
        mkdir "$mnt/simd-$name"
        echo theirs engine=simd >"$mnt/simd-$name/.branch/merge"
        same expected "$mnt/simd-$name/people.nt"
        is "$engine" "$(reported "simd-$name")"
    fi
done

# The best is taken where nobody says otherwise; the option wins over the environment.
remount
best=$(sed -n 's/^compute.set //p' "$mnt/.store/metrics")
case " ${here[*]} " in *" $best "*) ;; *) fail "the best set is $best" ;; esac
[ ${#here[@]} = 1 ] || [ "$best" != scalar ] || fail 'the best set is none'
export TRIPLEFS_CPU=scalar
remount
contains "$mnt/.store/metrics" 'compute.set scalar'
remount "cpu=$best"
contains "$mnt/.store/metrics" "compute.set $best"
