#!/usr/bin/env bash
# clang-tidy over sources, with the checks of .clang-tidy, two files at a time. Slower than the tests (some seconds a
# file), so it is run by hand and before a release, not in every CI run.
#
#   scripts/lint.sh            the files that differ from the last commit
#   scripts/lint.sh --all      every file of src/
#   scripts/lint.sh FILE...    these
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install-deps.sh build lint
readonly kBuild=${PONTAGE_LINT_BUILD:-build/release}
if [[ ! -f $kBuild/compile_commands.json ]]; then cmake --preset release >/dev/null; fi

files=()
case "${1:-}" in
  --all) mapfile -t files < <(git ls-files 'src/*.cpp') ;;
  "") mapfile -t files < <({ git diff --name-only HEAD -- 'src/*.cpp'; git ls-files --others --exclude-standard 'src/*.cpp'; } | sort -u) ;;
  *) files=("$@") ;;
esac
if [[ ${#files[@]} == 0 ]]; then
  echo "lint: nothing to look at"
  exit 0
fi
printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P 2 clang-tidy-19 --quiet -p "$kBuild" --use-color=false
echo "lint: ${#files[@]} files, no findings"
