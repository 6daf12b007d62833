# Many small plain files, lock files, renames, mmap: git is a hard user of a file system.
need git
start
cd "$main"
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
git init -q -b trunk .
for i in $(seq 1 20); do seq 1 $((i * 30)) >"file$i.txt"; done
git add .
git commit -q -m first
for i in $(seq 1 5); do
    seq 1 $((i * 50)) >"file$i.txt"
    git commit -q -a -m "change $i"
done
git gc -q
git fsck --strict 2>&1 | (! grep -E 'error|missing|corrupt')
is 6 "$(git log --oneline | wc -l)"
git checkout -q HEAD~3
git checkout -q trunk
is '' "$(git status --porcelain)"
cd "$work"
git clone -q "$main" clone
remount
cd "$main"
git fsck --strict 2>&1 | (! grep -E 'error|missing|corrupt')
is '' "$(git status --porcelain)"
