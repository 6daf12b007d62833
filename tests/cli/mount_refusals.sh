#!/usr/bin/env bash
# A mount that cannot be made says why, changes nothing and leaves no process behind.
# shellcheck source=tests/cli/common.bash
. "$(dirname "$0")/common.bash"

"$triplefs" init s
mkdir point
: > file
refuses 1 'mountpoint none does not exist; create it first: mkdir none' mount s none
refuses 1 'mountpoint file is not a directory' mount s file
refuses 1 'mountpoint s/db is inside the store' mount s s/db
refuses 1 'mountpoint s is inside the store' mount s s
refuses 1 'is inside the mountpoint .*, which would hide it' mount s "$work"
refuses 1 'something else is mounted there \(.*, of type proc\)' mount s /proc
refuses 2 'no store given' mount
refuses 2 'no mountpoint given for store s' mount s
refuses 2 "unexpected 'more'" mount s point more
refuses 2 "unknown mount option 'huge'" mount -o ro,huge s point
refuses 2 'memory=12: give a size' mount -o memory=12 s point
refuses 2 'memory=lots: give a size' mount -o memory=lots s point
refuses 2 'threads=0: give a number' mount -o threads=0 s point
refuses 2 'workers=257: give a number from 0 to 256' mount -o workers=257 s point
refuses 2 'workers=: give a number' mount -o workers= s point
refuses 2 'read_ahead=9G: give a size' mount -o read_ahead=9G s point
refuses 2 "cpu=mmx: there is no instruction set 'mmx': they are auto, scalar, neon, sse4.2, avx2, avx512" mount -o cpu=mmx s point
refuses 2 "cpu=: there is no instruction set ''" mount -o cpu= s point
case $(uname -m) in
  aarch64) other=avx2 ;;
  *) other=neon ;;
esac
refuses 2 "cpu=$other: this machine has no instruction set '$other': give one of auto, scalar" mount -o cpu=$other s point
export TRIPLEFS_CPU=mmx
refuses 1 "TRIPLEFS_CPU=mmx: there is no instruction set 'mmx'" mount s point
refuses 1 "TRIPLEFS_CPU=mmx: there is no instruction set 'mmx'" check s
refuses 1 "TRIPLEFS_CPU=mmx: there is no instruction set 'mmx'" init another
[ ! -e another ] || fail "something was made"
unset TRIPLEFS_CPU
refuses 2 'debug needs -f' mount -o debug s point
refuses 2 "unknown option '-z'" mount -z s point
refuses 2 "option '-o' needs a value" mount s point -o
[ ! -s s/lock ] || fail "the store is held"
! mountpoint -q point || fail "something is mounted"
