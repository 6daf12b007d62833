#!/usr/bin/env bash
# Every man page is clean, and every command and option of the program's help is in its page.
# usage: manuals.sh SOURCE_ROOT TRIPLEFS
set -euo pipefail
cd "$1"
program=$2
command -v mandoc > /dev/null || exit 77
mandoc -T lint -W warning docs/man/*.[1-8]

failed=0
page=$(mandoc -T ascii docs/man/triplefs.1 | col -b)
for command in $("$program" help | sed -n 's/^  \([a-z]*\) .*/\1/p'); do
  grep -qE "^ +triplefs $command\b" <<< "$page" || {
    echo "triplefs(1) says nothing of '$command'" >&2
    failed=1
  }
  for option in $("$program" help "$command" | grep -oE -- '--[a-z-]+' | sort -u); do
    grep -q -- "$option" <<< "$page" || {
      echo "triplefs(1) says nothing of '$command $option'" >&2
      failed=1
    }
    grep -q -- "$option" tools/completion/triplefs || {
      echo "the completion does not know '$command $option'" >&2
      failed=1
    }
  done
done
exit "$failed"
