#!/usr/bin/env bash
# status, commit, log, show, diff, patch, at, tag and reset: a day's work, in short commands.
# shellcheck source=tests/cli/common.bash
. "$(dirname "$0")/common.bash"

"$triplefs" init s
mkdir kg
mount_store s kg
cd kg/main
triple() {
  echo "<http://example.org/$1> <http://example.org/p> \"$1\" ."
}
json() { # EXPRESSION ARGUMENT...: of what the command prints, as `it`
  local expression=$1
  shift
  "$triplefs" "$@" --json > "$work/output" 2>&1 || fail "triplefs $* --json failed"
  python3 -c 'import json, sys
it = json.load(open(sys.argv[1]))
assert eval("(" + sys.argv[2] + ")"), it' "$work/output" "$expression" || fail "triplefs $* --json: not $expression"
}

# Nothing yet.
"$triplefs" status > "$work/output"
grep -qx 'No commit yet' "$work/output" && grep -qx 'Nothing to commit' "$work/output" || fail "status"
[ -z "$("$triplefs" log)" ] || fail "a log without commits"
json 'it == []' log
json 'it["head"] is None and it["clean"] and it["changes"] == []' status
refuses 1 'has no commit yet' diff
refuses 1 'has no commit yet' show
refuses 1 'no commit' tag first
refuses 1 'nothing' commit -m none

mkdir geo
{ triple 1; triple 2; } > people.nt
triple berlin > geo/cities.nt
"$triplefs" status > "$work/output"
grep -qE '^  added +people.nt +\+2 -0$' "$work/output" || fail "status: $(cat "$work/output")"
json 'not it["clean"] and {c["path"] for c in it["changes"]} >= {"people.nt", "geo/cities.nt"}' status

"$triplefs" commit -m 'First' -m 'A paragraph more' > "$work/output"
grep -qE '^\[main [0-9a-f]{12}\] First$' "$work/output" || fail "commit: $(cat "$work/output")"
refuses 1 'nothing' commit -m again
refuses 1 'message is empty' commit -m '  '
[ "$("$triplefs" status -s)" = clean ] || fail "not clean"
triple 3 >> people.nt
sed -i '/"1"/d' people.nt
printf 'From a file\n\nwith a body\n\n\n' > "$work/message"
json 'it["message"] == "From a file\n\nwith a body" and it["added"] == 1 and it["removed"] == 1 and
  len(it["id"]) == 64 and len(it["parents"]) == 1 and it["branch"] == "main"' commit -F "$work/message"
triple 4 >> people.nt
echo 'From a pipe' | "$triplefs" commit -q -F - > "$work/output"
[ ! -s "$work/output" ] || fail "not quiet"
refuses 1 'cannot read none: No such file' commit -F none

# The editor sees the status as comment, and may refuse.
triple 5 >> people.nt
cat > "$work/edit" << 'END'
#!/bin/sh
cp "$1" "$SEEN"
{ printf '# a comment\n  \nEdited\n\n'; cat "$1"; } > "$1.new" && mv "$1.new" "$1"
END
chmod +x "$work/edit"
SEEN=$work/seen EDITOR="$work/edit" VISUAL='' "$triplefs" commit > "$work/output"
grep -q '\] Edited$' "$work/output" || fail "the editor's message"
grep -q "^# M	people.nt	+1 -0$" "$work/seen" || fail "the comment"
triple 6 >> people.nt
VISUAL=true refuses 1 'message is empty' commit
VISUAL=false refuses 1 "the editor 'false' failed" commit
VISUAL=false refuses 2 'everything is committed at once' commit people.nt
[ "$("$triplefs" status -s | head -n 1)" = "M	people.nt	+1 -0" ] || fail "it was committed"

# The log.
[ "$("$triplefs" log --oneline | cut -d ' ' -f 2- | tr '\n' ,)" = 'Edited,From a pipe,From a file,First,' ] ||
  fail "log --oneline"
[ "$("$triplefs" log -n 2 --oneline | wc -l)" = 2 ] || fail "log -n"
[ "$("$triplefs" log --oneline HEAD~2 | wc -l)" = 2 ] || fail "log REF"
"$triplefs" log > "$work/output"
grep -qE '^commit [0-9a-f]{7,64}$' "$work/output" && grep -qE "^Author: +$(id -un)$" "$work/output" &&
  grep -qx '    First' "$work/output" || fail "log"
json '[c["subject"] for c in it] == ["Edited", "From a pipe", "From a file", "First"]' log
"$triplefs" log --oneline --color=always | grep -q "$(printf '\033')\[33m" || fail "no colours"
! "$triplefs" log | grep -q "$(printf '\033')" || fail "colours in a pipe"
first=$("$triplefs" log --oneline | tail -n 1 | cut -d ' ' -f 1)
# With what each commit changed: as show says it, of one after the other.
"$triplefs" log -p -n 2 > "$work/output"
for commit in head head~1; do
  "$triplefs" show "$commit" | sed -n '/^[HTAD] /p'
done | diff - <(sed -n '/^[HTAD] /p' "$work/output") || fail "log -p"
grep -q '^H path' "$work/output" || fail "log -p"
[ "$(grep -c '^commit ' "$work/output")" = 2 ] || fail "log -p -n 2"
"$triplefs" log -p > "$work/output"
grep -q '^The first commit; its files are at$' "$work/output" || fail "log -p, the first commit"
"$triplefs" log --stat -n 1 | grep -q ' path changed, ' || fail "log --stat"
"$triplefs" log -p --oneline -n 1 | sed -n 1p | grep -q ' Edited$' || fail "log -p --oneline"
json '[c["subject"] for c in it] == ["Edited", "From a pipe", "From a file", "First"]' log -p

# REFs, as with git.
for ref in head~3 HEAD~3 'HEAD^^^' '@~3' "$first" 'head~1~2' 'main~3' 'HEAD~2^'; do
  [ "$(cat "$("$triplefs" at "$ref")/people.nt")" = "$(triple 1; triple 2)" ] || fail "at $ref"
  [ "$("$triplefs" show "$ref" | head -n 1 | cut -c 8-19)" = "$first" ] || fail "show $ref"
done
refuses 1 "there is no 'head~9'" at head~9
refuses 1 "there is no 'nothing'" at nothing
refuses 1 "'a/b' cannot be a REF" at a/b
refuses 1 "cannot be a REF" at 'head^2^{}'
refuses 1 "cannot be a REF" at ..
refuses 1 "cannot be a REF" at ''
json 'it["path"].endswith("/main/.branch/at/head~1") and it["ref"] == "head~1"' at HEAD^
(cd "$("$triplefs" at head~1)" && [ "$("$triplefs" log --oneline | wc -l)" = 3 ] &&
  refuses 1 'the past of branch main, which cannot be changed' commit -m no)

"$triplefs" show head~2 > "$work/output"
grep -qx '    with a body' "$work/output" && grep -q '^D .*"1" \.$' "$work/output" &&
  grep -q '^A .*"3" \.$' "$work/output" || fail "show: $(cat "$work/output")"
"$triplefs" show "$first" > "$work/output" || fail "show of the first commit"
json 'it["parents"] == [] and it["message"] == "First\n\nA paragraph more"' show "$first"

# Differences.
[ "$("$triplefs" diff | grep -c '^[AD] ')" = 1 ] || fail "diff"
[ "$("$triplefs" diff head~3 | grep -c '^[AD] ')" = 5 ] || fail "diff REF"
[ "$("$triplefs" diff head~3 head~2 | grep -c '^[AD] ')" = 2 ] || fail "diff REF REF"
[ "$("$triplefs" diff head~2 head~3 | grep -c '^A .*"1" \.$')" = 1 ] || fail "diff turned round"
triple paris >> geo/cities.nt
[ "$("$triplefs" diff | grep -c '^A ')" = 2 ] || fail "diff of two files"
for arguments in 'geo' 'geo/cities.nt' 'head geo/' 'head -- geo/cities.nt' "-C geo cities.nt" "-C geo ." \
  "$work/kg/main/geo" "-C geo ../geo/./cities.nt"; do
  # shellcheck disable=SC2086
  [ "$("$triplefs" diff $arguments | grep '^A ')" = "A ${p:-$(triple paris)}" ] || fail "diff $arguments"
done
refuses 1 'is not in' diff ../../s
refuses 1 'is not in' diff -- /etc
[ -z "$("$triplefs" diff -- none.nt)" ] || fail "a path that is not there"
"$triplefs" diff --stat head~3 > "$work/output"
grep -qE '^ people.nt +\| +5 \+\+\+\+-$' "$work/output" || fail "stat: $(cat "$work/output")"
tail -n 1 "$work/output" | grep -qx ' 2 paths changed, 5 triples added, 1 removed' || fail "totals"
json '{d["path"]: (d["added"], d["removed"]) for d in it} == {"people.nt": (4, 1), "geo/cities.nt": (1, 0)}' \
  diff head~3
"$triplefs" diff --color=always | grep -q "$(printf '\033')\[32mA " || fail "no colours"

# A difference is a patch.
"$triplefs" diff head~3 > "$work/patch"
"$triplefs" branch past head~3 > /dev/null
"$triplefs" patch -C ../past "$work/patch" > "$work/output"
grep -qx 'added 5' "$work/output" && grep -qx 'removed 1' "$work/output" || fail "patch's report"
diff -r . ../past || fail "patched, it is not the same"
"$triplefs" diff past main > "$work/output" || fail "diff of two branches"
[ ! -s "$work/output" ] || fail "two equal branches differ"
json 'it["ignored"] == 6' patch -C ../past "$work/patch"
sed 's/"3" \./"3 ./' "$work/patch" > "$work/bad"
refuses 1 'line [0-9]+' patch "$work/bad"
refuses 1 'is empty' patch /dev/null
refuses 1 'cannot read none' patch none
head -c 30 "$work/patch" > "$work/cut"
refuses 1 "TC" patch "$work/cut"

# Tags.
"$triplefs" tag first head~3
"$triplefs" tag now
[ "$("$triplefs" tag | cut -f 1 | tr '\n' ,)" = first,now, ] || fail "tags"
json 'it[0]["name"] == "first" and len(it[0]["commit"]) == 64' tag
[ "$(wc -l < "$("$triplefs" at first)/people.nt")" = 2 ] || fail "at a tag"
refuses 1 "there is a tag 'first' already; -f moves it" tag first
"$triplefs" tag -f first
"$triplefs" tag -d first
refuses 1 "there is no tag 'first'" tag -d first
refuses 1 "there is no 'none'" tag x none
refuses 1 'cannot be the name of a tag' tag a/b

# Reset: also what was not committed goes, and can be found.
"$triplefs" reset --hard head~1 > "$work/output"
grep -qE '^main is now at [0-9a-f]{12} From a pipe$' "$work/output" || fail "reset: $(cat "$work/output")"
[ "$("$triplefs" status -s)" = clean ] && [ "$(wc -l < people.nt)" = 3 ] || fail "reset"
"$triplefs" reflog -n 1 | grep -q ' reset main' || fail "reflog: $("$triplefs" reflog -n 1)"
refuses 1 . reset nothing

# A commit at a time.
"$triplefs" revert head~1 > "$work/output"
[ "$(cat people.nt)" = "$(triple 1; triple 2; triple 4)" ] || fail "revert: $(cat people.nt)"

# gc
entries=$("$triplefs" reflog | wc -l)
"$triplefs" gc > "$work/output"
grep -q . "$work/output" || fail "gc says nothing"
"$triplefs" gc --older-than 30d > "$work/output"
[ "$("$triplefs" reflog | wc -l)" = "$entries" ] || fail "gc forgot what happened a moment ago"
"$triplefs" gc --older-than now > "$work/output"
[ -z "$("$triplefs" reflog)" ] || fail "gc --older-than now left: $("$triplefs" reflog)"
refuses 1 "'soon' is no age" gc --older-than soon

# Events.
"$triplefs" events > "$work/event" &
"$triplefs" events -f --json -C .. > "$work/events" &
sleep 0.5
triple 9 >> people.nt
for _ in $(seq 100); do
  [ ! -s "$work/event" ] || [ ! -s "$work/events" ] || break
  sleep 0.05
done
grep -q ' people.nt$' "$work/event" || fail "no event"
grep -q '"path":"main/people.nt"' "$work/events" || fail "no event of the store"
kill %2
