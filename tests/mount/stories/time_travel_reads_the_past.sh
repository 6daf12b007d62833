# Every state that was committed can be read, searched, compared and forked, and not be changed.
start
mkdir "$main/geo"
triples 1 5 | sort >v1
triples 3 9 | sort >v2
cp v1 "$main/a.nt"
echo hello >"$main/geo/notes.md"
ln -s a.nt "$main/link"
echo first >"$main/.branch/commit"
first=$(cat "$main/.branch/head")
cp v2 "$main/a.nt"
mv "$main/geo/notes.md" "$main/geo/words.md"
triple 1 >"$main/geo/new.nt"
echo second >"$main/.branch/commit"
second=$(cat "$main/.branch/head")
triple 100 >>"$main/a.nt"
at=$main/.branch/at

for ref in head~1 main~1 "$first" "${first:0:9}"; do
    same v1 "$at/$ref/a.nt"
    same v1 "$at/$ref/link"
    is hello "$(cat "$at/$ref/geo/notes.md")"
    is 'geo geo/notes.md a.nt link' "$(cd "$at/$ref" && echo geo geo/* ./*nt link | sed 's,\./,,g')"
    is "$first" "$(cat "$at/$ref/.branch/head")"
    is clean "$(cat "$at/$ref/.branch/status")"
    contains "$at/$ref/.branch/log" first
    lacks "$at/$ref/.branch/log" second
done
same v2 "$at/head/a.nt"
same v2 "$at/main~0/a.nt"
same v2 "$at/@2100-01-01/a.nt"
# The name alone is the branch as it is now.
same "$main/a.nt" "$at/main/a.nt"
contains "$at/main/.branch/status" 'a.nt'
diff -r "$main" "$at/main"
diff -r "$at/head" "$at/$second"
triple 101 >>"$main/a.nt"
same "$main/a.nt" "$at/main/a.nt"
# Who has opened it keeps what it was.
exec 5<"$at/main/a.nt"
triple 102 >>"$main/a.nt"
is 1 "$(($(count_lines "$at/main/a.nt") - $(wc -l <&5)))"
exec 5<&-
# All REFs to one state have the same files.
is "$(inode_of "$at/head~1/a.nt")" "$(inode_of "$at/$first/a.nt")"
# Nor is one file another, however many changes lie below a state: the store is at work there.
mkdir "$mnt/busy"
for i in $(seq 60); do
    triple "$i" >>"$mnt/busy/f.nt"
    cp "$at/busy/f.nt" copy
    same copy "$mnt/busy/f.nt"
done
before=$(inode_of "$at/busy/f.nt")
echo same >"$mnt/busy/.branch/commit"
is "$before" "$(inode_of "$at/busy/f.nt")"
is "$before" "$(inode_of "$at/busy~0/f.nt")"
# Nothing is listed, and what is no REF is not there.
is '' "$(ls -A "$at")"
fails_with 'No such file' ls "$at/nonesuch"
fails_with 'No such file' ls "$at/head~7"
# From a state to others.
same v1 "$at/$second/.branch/at/head~1/a.nt"
same v1 "$at/head/.branch/at/head~1/.branch/at/head/a.nt"

past=$at/head~1
before=$(find "$past" -ls | md5sum)
fails_with 'Read-only file system' bash -c 'echo x >"$1"' bash "$past/a.nt"
fails_with 'Read-only file system' bash -c 'echo x >>"$1"' bash "$past/a.nt"
fails_with 'Read-only file system' bash -c 'echo x >"$1"' bash "$past/geo/notes.md"
fails_with 'Read-only file system' touch "$past/fresh.nt"
fails_with 'Read-only file system' mkdir "$past/folder"
fails_with 'Read-only file system' ln -s a.nt "$past/another"
fails_with 'Read-only file system' rm "$past/a.nt"
fails_with 'Read-only file system' rmdir "$past/geo"
fails_with 'Read-only file system' mv "$past/a.nt" "$past/b.nt"
fails_with 'Read-only file system' chmod 600 "$past/a.nt"
fails_with 'Read-only file system' truncate -s 3 "$past/geo/notes.md"
fails_with 'Read-only file system' touch -d 2001-01-01 "$past/a.nt"
fails_with 'Read-only file system' bash -c 'echo x >"$1"' bash "$past/.branch/commit"
is "$before" "$(find "$past" -ls | md5sum)"

mkdir "$past/.branch/fork/old"
diff -r "$past" "$mnt/old"
is "$first" "$(cat "$mnt/old/.branch/head")"
is clean "$(cat "$mnt/old/.branch/status")"
triple 7 >"$mnt/old/a.nt"
same v1 "$past/a.nt"
remount
same v1 "$at/$first/a.nt"
same v2 "$at/$second/a.nt"
