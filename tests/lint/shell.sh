#!/usr/bin/env bash
# Every shell script passes shellcheck.
set -euo pipefail
cd "$1"
command -v shellcheck > /dev/null || exit 77
# usage: lint OPTION... -- FOLDER...
lint() {
  local options=() scripts=() file
  while [ "$1" != -- ]; do
    options+=("$1")
    shift
  done
  shift
  while IFS= read -r file; do
    if [[ $file == *.sh || $file == *.bash ]] || head -n 1 "$file" | grep -qE '^#!.*\b(ba)?sh\b'; then
      scripts+=("$file")
    fi
  done < <(find "$@" -type f -not -path 'tests/mount/*' | sort)
  [ ${#scripts[@]} = 0 ] || shellcheck -x "${options[@]}" "${scripts[@]}"
}

# SC2126: `grep | wc -l` counts over several files, `grep -c` does not. SC2015: "a && b || fail" is meant
# as it reads. SC2094: nobody writes the file that is named and read.
lint -e SC2126,SC2015,SC2094 -- .ci tools tests
shellcheck tools/completion/triplefs
# The stories of the mount are sourced by a script that sets their variables.
if [ -d tests/mount ]; then
  find tests/mount -name '*.sh' -print0 | sort -z |
    xargs -0 shellcheck -s bash -S warning -e SC2154,SC2034,SC2010,SC2115,SC2125,SC2164,SC2238
fi
