# What users do at random, to a mount and to a plain model in memory: they must agree byte for byte.
# By hand it runs as long as it is told to:
#   TRIPLEFS_OPERATIONS=100000 TRIPLEFS_STORY_SECONDS=14400 run.sh TRIPLEFS POKE THIS
[ -c /dev/fuse ] && [ -r /dev/fuse ] && [ -w /dev/fuse ] || skip 'no /dev/fuse'
make_store "$store"
python3 "$here/../model_mount/run.py" "$TRIPLEFS" "$work" "${TRIPLEFS_OPERATIONS:-400}" \
    "$((${TRIPLEFS_OPERATIONS:-0} ? TRIPLEFS_STORY_SECONDS - 30 : 40))"
