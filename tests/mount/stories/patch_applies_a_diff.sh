need patch diff
start
triples 1 1000 | sort >"$main/f.nt"
mkdir "$mnt/cleanup"
sed -i 's/"500"/"five hundred"/; /s\/77>/d' "$mnt/cleanup/f.nt"
triple new >>"$mnt/cleanup/f.nt"
diff -u "$main/f.nt" "$mnt/cleanup/f.nt" >changes.patch || [ $? = 1 ]
is '2 2' "$(grep -c '^+<' changes.patch) $(grep -c '^-<' changes.patch)"
patch -s -d "$main" f.nt "$work/changes.patch"
same "$mnt/cleanup/f.nt" "$main/f.nt"
patch -s -R -d "$main" f.nt "$work/changes.patch"
triples 1 1000 | sort >expected
same expected "$main/f.nt"
is f.nt "$(ls -A "$main" | grep -v '\.orig$')"
