#!/usr/bin/env bash
# Every source is laid out as .clang-format says, by version 14, whose layout it is.
set -euo pipefail
cd "$1"
formatter=$(command -v clang-format-14 || command -v clang-format) || exit 77
"$formatter" --version | grep -q 'version 14\.' || exit 77
find . -path './build*' -prune -o -name '*.[ch]' -print0 | sort -z |
  xargs -0 "$formatter" --dry-run --Werror
