# Who may not enter a branch does not get at it by merging, resetting to or tagging it either.
need_root
need setpriv
start allow_other
as_nobody() {
    setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}
triples 1 10 >"$main/people.nt"
echo one >"$main/.branch/commit"
mkdir "$mnt/closed" "$mnt/theirs"
triples 11 20 >"$mnt/closed/secret.nt"
echo two >"$mnt/closed/.branch/commit"
triple 21 >>"$mnt/closed/secret.nt"
echo three >"$mnt/closed/.branch/commit"
chmod 700 "$mnt/closed"
chown 65534:65534 "$mnt/theirs"
as_nobody bash -c 'echo theirs >"$1"' bash "$mnt/theirs/new.txt"
before=$(cat "$mnt/theirs/.branch/head")
for ref in closed closed~1 "$(printf 'closed@%s' "$(date -u +%Y-%m-%dT%H:%M:%SZ)")"; do
    for control in merge reset; do
        fails_with 'Permission denied' as_nobody bash -c 'echo "$2" >"$1"' bash "$mnt/theirs/.branch/$control" "$ref"
    done
    fails_with 'Permission denied' as_nobody bash -c 'echo "$2" >"$1"' bash "$mnt/.store/tags/mine" "$ref"
done
contains "$mnt/theirs/.branch/error" closed
is "$before" "$(cat "$mnt/theirs/.branch/head")"
[ ! -e "$mnt/theirs/secret.nt" ] || fail 'nobody got the secret'

# Who commits is the author, by name if there is one.
as_nobody bash -c 'echo mine >"$1"' bash "$mnt/theirs/.branch/commit"
contains "$mnt/theirs/.branch/commit" "author $(id -un 65534)"
fails_with 'Permission denied' as_nobody bash -c 'echo mine >"$1"' bash "$main/.branch/commit"
chmod 777 "$mnt/theirs"
echo x >>"$mnt/theirs/new.txt"
setpriv --reuid=54321 --regid=54321 --clear-groups bash -c 'echo number >"$1"' bash "$mnt/theirs/.branch/commit"
contains "$mnt/theirs/.branch/commit" 'author 54321'
# Root may do all that.
echo closed >"$mnt/.store/tags/mine"
