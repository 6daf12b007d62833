#!/usr/bin/env bash
# The completion of bash: what it offers for words that were begun.
completion=$(realpath "$(dirname "$0")/../../tools/completion/triplefs")
# shellcheck source=tests/cli/common.bash
. "$(dirname "$0")/common.bash"

mkdir bin
ln -s "$triplefs" bin/triplefs
PATH=$work/bin:$PATH
# shellcheck source=tools/completion/triplefs
. "$completion"
touch data.nt figures.json

# offers EXPECTED WORD...: of the last word
offers() {
  local expected=$1
  shift
  COMP_WORDS=("$@")
  COMP_CWORD=$(($# - 1))
  _triplefs 2> /dev/null || true
  [ "${COMPREPLY[*]}" = "$expected" ] || fail "$*: offers '${COMPREPLY[*]}' instead of '$expected'"
}

offers match triplefs mat
offers rewrite triplefs rew
offers 'class' triplefs count --by c
offers 'predicate' triplefs count -b p
offers '' triplefs count --top ''
offers '--by --branch' triplefs count --b
offers '--with-filename' triplefs match --w
offers '--dry-run' triplefs rewrite --d
offers 'data.nt' triplefs match '? a ?' d
offers 'data.nt' triplefs count -n --by class '? a ?' d
offers 'data.nt' triplefs rewrite -n foaf: schema: d
offers '' triplefs rewrite foaf: d
offers 'prefixes' triplefs pre
offers 'add rm' triplefs prefixes ''
offers '--all' triplefs prefixes --a
offers '--memory' triplefs sort --m
offers 'data.nt' triplefs sort d
offers 'figures.json' triplefs sort -o f
offers 'kernels' triplefs bench ker
offers 'kernels' triplefs bench --plot x.svg --runs 3 ker
offers 'data.nt' triplefs bench kernels da
offers 'floors formats forks files' triplefs bench --only f
offers 'figures.json' triplefs bench --plot f
offers 'cpu=' triplefs mount -o cp
offers 'ro,workers=' triplefs mount -o ro,wo
offers 'avx512 avx2' triplefs mount -o cpu = av
offers 'scalar' triplefs mount -o ro,cpu = sc
