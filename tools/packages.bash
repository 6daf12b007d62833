# Which Debian packages what needs, and their installation. Sourced by quickstart and test.
# shellcheck shell=bash disable=SC2034

# To build: the compiler, the build system, and the libraries of the README's table.
build_packages=(gcc libc6-dev meson ninja-build pkgconf libfuse3-dev librocksdb-dev
  libxxhash-dev libssl-dev libjansson-dev libsimde-dev libarchive-dev zlib1g-dev
  libraptor2-dev)
# To mount as an ordinary user, and by mount(8).
run_packages=(fuse3 mount)

# Further packages for the tests: the second compiler with its checkers, and the tools whose users'
# stories the mount tests tell.
test_packages=(libcmocka-dev clang libclang-rt-dev clang-format clang-tidy llvm valgrind libc6-dbg
  shellcheck mandoc git make
  inotify-tools acl attr bsdextrautils bsdutils diffutils patch rsync strace tar tmux util-linux vim
  nano xxd zstd file psmisc e2fsprogs procps python3 bzip2 xz-utils gnuplot-nox)

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo > /dev/null; then
    sudo "$@"
  else
    echo "This needs root's rights, and there is no sudo: $*" >&2
    return 1
  fi
}

is_installed() {
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2> /dev/null)" = installed ]
}

# need_packages PACKAGE...: installs those that are missing and says which. Nothing happens, and no
# rights are needed, where all are there.
need_packages() {
  local missing=() name
  for name in "$@"; do
    is_installed "$name" || missing+=("$name")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  echo "Installing with apt-get: ${missing[*]}"
  local log
  log=$(mktemp)
  if ! {
    as_root apt-get update -q &&
      as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -q --no-install-recommends "${missing[@]}"
  } > "$log" 2>&1 < /dev/null; then
    tail -n 30 "$log" >&2
    rm -f "$log"
    echo "apt-get could not install them; see above." >&2
    return 1
  fi
  rm -f "$log"
}
