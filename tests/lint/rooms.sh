#!/usr/bin/env bash
# The rooms and their arrows: which headers each room may include, what stands at the top level, and
# that sources hold no loose ends.
set -euo pipefail
cd "$1"
failed=0
fail() {
  echo "$1" >&2
  failed=1
}

# check_room ROOM ROOMS LIBRARIES: files of a room include headers of these rooms, and of other
# libraries those that match, beside those of the C library and the system.
system='arpa/inet|assert|ctype|dirent|errno|fcntl|fts|ftw|getopt|inttypes|limits|locale|math|mntent|poll|pthread|pwd|sched|signal|spawn|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|string|strings|syslog|time|unistd|linux/[a-z0-9_]+|sys/[a-z_]+'
check_room() {
  local room=$1 rooms=$2 libraries=$3 file line header
  while IFS=: read -r file line header; do
    case $header in
      '"'*)
        header=${header//\"/}
        [[ $header =~ ^($rooms)/[a-z0-9_]+\.(h|inc)$ ]] ||
          fail "$file:$line: $room/ must not include $header"
        ;;
      *)
        header=${header//[<>]/}
        [[ $header =~ ^($system)\.h$ || $header =~ ^($libraries)$ ]] ||
          fail "$file:$line: $room/ must not include <$header>"
        ;;
    esac
  done < <(grep -rnE '^ *# *include' "$room" --include='*.[ch]' --include='*.cpp' --include='*.cu' |
    sed -E 's/^([^:]*:[0-9]+): *# *include *(["<][^">]*[">]).*/\1:\2/')
}

check_room branchcore branchcore 'xxhash\.h|openssl/[a-z]+\.h'
check_room rocks 'branchcore|rocks' 'rocksdb/c\.h|zstd\.h|zdict\.h'
check_room fs 'branchcore|fs' 'fuse_lowlevel\.h|fuse_common\.h|fuse_opt\.h|fuse\.h'
check_room formats 'branchcore|formats' 'raptor2\.h|xxhash\.h'
check_room vec 'branchcore|vec' 'simde/[a-z0-9_./]+\.h|cpuid\.h|immintrin\.h'
check_room gpu 'branchcore|gpu' 'cuda[a-z_]*\.h|cub/.*|dlfcn\.h'
check_room tools 'branchcore|formats|fs|rocks|vec|gpu|tools' 'archive(_entry)?\.h|jansson\.h|xxhash\.h|zlib\.h'

top=$(git ls-files --cached --others --exclude-standard 2> /dev/null | cut -d / -f 1 | sort -u)
[ -n "$top" ] || top=$(find . -mindepth 1 -maxdepth 1 -printf '%f\n')
while read -r entry; do
  case $entry in
    fs | branchcore | formats | gpu | vec | rocks | tools | tests | docs | .?*) ;;
    meson.build | meson_options.txt | README.md | LICENSE) ;;
    *) fail "$entry: does not belong to the top level" ;;
  esac
done <<< "$top"

loose='TO[D]O|FIX[M]E|X[X]X|H[A]CK'
while IFS= read -r found; do
  fail "$found: a loose end"
done < <(grep -rnIE "\b($loose)\b" branchcore formats rocks fs vec gpu tools tests README.md docs meson.build)

exit "$failed"
