#!/usr/bin/env bash
# Each header compiles alone, with a C compiler that takes every warning as an error.
# usage: headers_alone.sh SOURCE_ROOT COMPILER FLAG...
set -euo pipefail
cd "$1"
shift
read -ra library_flags < <(pkg-config --cflags fuse3 raptor2 2> /dev/null || true)
failed=0
while IFS= read -r header; do
  printf '#include "%s"\nextern int nothing_else_here;\n' "$header" |
    "$@" -std=gnu17 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DFUSE_USE_VERSION=314 -I. "${library_flags[@]}" \
      -Wall -Wextra -Werror -fsyntax-only -x c - || {
    echo "$header does not compile alone" >&2
    failed=1
  }
done < <(find branchcore formats rocks fs vec tools tests -name '*.h' | sort)
exit "$failed"
