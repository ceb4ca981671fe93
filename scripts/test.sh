#!/usr/bin/env bash
# Installs what the tests need, builds and runs all of them. Every phase is timed and leaves its whole output in
# build/test-logs; the last line is "N passed, N failed", and the exit code follows it.
#
#   scripts/test.sh            what CI runs
#   scripts/test.sh --quick    only tidy and the tests under AddressSanitizer
#   scripts/test.sh --full     two minutes of fuzzing a target, half an hour of soak, and ThreadSanitizer over everything
set -euo pipefail
cd "$(dirname "$0")/.."

depth=normal
case "${1:-}" in
  "") ;;
  --quick) depth=quick ;;
  --full) depth=full ;;
  *)
    echo "usage: scripts/test.sh [--quick | --full]" >&2
    exit 2 ;;
esac

readonly kLogs=build/test-logs
# Rooms whose code runs on several threads: what ThreadSanitizer looks at in the everyday run.
readonly kThreaded=(test_transport test_metrics test_observe test_simulate test_ledger)
fuzz_seconds=10
if [[ $depth == full ]]; then
  fuzz_seconds=120
  export PONTAGE_SOAK_SECONDS=1800 # tests/e2e/python/test_soak.py
fi

export ASAN_OPTIONS="detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1"
export UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1"
export TSAN_OPTIONS="halt_on_error=1:second_deadlock_stack=1"
export PATH="/usr/lib/llvm-19/bin:$PATH" # llvm-symbolizer
export NO_PROXY="*" no_proxy="*"
ulimit -n "$(ulimit -Hn)" 2>/dev/null || true

passed=0
failed=0
mkdir -p "$kLogs"
rm -f "$kLogs"/*.log

# phase NAME KIND COMMAND...: runs it, adds its tests to the sum. KIND tells scripts/tally.py how to count; a phase that
# fails without a failed test counts as one failure, so that nothing is lost.
phase() {
  local name=$1 kind=$2 log started=$SECONDS code=0 counts
  shift 2
  log=$kLogs/$name.log
  "$@" >"$log" 2>&1 </dev/null || code=$?
  counts=$(python3 scripts/tally.py "$kind" "$log" "$code")
  read -r phase_passed phase_failed <<<"$counts"
  passed=$((passed + phase_passed))
  failed=$((failed + phase_failed))
  printf '%-22s %4d s  %5d passed  %3d failed\n' "$name" $((SECONDS - started)) "$phase_passed" "$phase_failed"
  if ((phase_failed > 0)); then
    python3 scripts/tally.py "$kind" "$log" "$code" --show
    return 1
  fi
}

build() { cmake --preset "$1" && cmake --build --preset "$1" "${@:2}"; }

# Every unit and conformance test of a preset. Two at a time: the machine we promise for has two cores.
run_ctest() { ctest --test-dir "build/$1" --verbose --no-tests=error -j 2; }

run_some() {
  local preset=$1 code=0 test
  shift
  for test in "$@"; do
    if [[ -x build/$preset/tests/$test ]]; then "build/$preset/tests/$test" || code=1; fi
  done
  return $code
}

tsan_targets() {
  local target
  for target in "${kThreaded[@]}"; do
    if ninja -C build/tsan -t query "$target" >/dev/null 2>&1; then echo "$target"; fi
  done
}

build_tsan() {
  cmake --preset tsan
  if [[ $depth == full ]]; then
    cmake --build --preset tsan
  else
    # shellcheck disable=SC2046
    cmake --build --preset tsan --target $(tsan_targets)
  fi
}

# Each fuzz target for some seconds from its seeds, two side by side. What it finds is kept beside the logs.
fuzz_one() {
  local target=$1 seconds=$2 name corpus
  name=$(basename "$target")
  corpus=$(mktemp -d)
  local -a seeds=()
  if [[ -d tests/fuzz/corpus/$name ]]; then seeds=("tests/fuzz/corpus/$name"); fi
  if "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="build/test-logs/$name-" "$corpus" "${seeds[@]}" >"build/test-logs/$name.out" 2>&1; then
    echo "FUZZ passed $name $(grep -o 'number_of_executed_units: .*' "build/test-logs/$name.out")"
  else
    echo "FUZZ failed $name"
    tail -n 60 "build/test-logs/$name.out"
  fi
  rm -rf "$corpus"
}
export -f fuzz_one

run_fuzz() {
  local -a targets=()
  local target
  for target in build/asan/tests/fuzz_*; do
    if [[ -f $target && -x $target ]]; then targets+=("$target"); fi
  done
  printf '%s\n' "${targets[@]}" | xargs -P 2 -I{} bash -c 'fuzz_one {} '"$fuzz_seconds" >build/test-logs/fuzz.sum
  cat build/test-logs/fuzz.sum
  ! grep -q '^FUZZ failed' build/test-logs/fuzz.sum
}

run_tidy() {
  (cd tests/tidy && python3 -m unittest tidy_test)
  python3 tests/tidy/tidy.py
}

run_format() {
  git ls-files -z --cached --others --exclude-standard -- '*.cpp' '*.hpp' '*.cc' |
    xargs -0 clang-format-19 --dry-run -Werror
}

main() {
  local started=$SECONDS
  scripts/install-deps.sh build test
  phase format one run_format || true
  phase tidy unittest run_tidy || true
  if phase build-asan build build asan; then
    phase asan ctest run_ctest asan || true
    if [[ $depth != quick ]]; then phase fuzz fuzz run_fuzz || true; fi
  fi
  if [[ $depth != quick ]]; then
    if phase build-release build build release; then
      phase e2e-install build tests/e2e/install.sh
      phase e2e-python pytest tests/e2e/run_python.sh build/release/pontage || true
      phase e2e-node node tests/e2e/run_node.sh build/release/pontage || true
      phase e2e-asan pytest tests/e2e/run_python.sh build/asan/pontage -m survivable || true
    fi
    if phase build-tsan build build_tsan; then
      if [[ $depth == full ]]; then
        phase tsan ctest run_ctest tsan || true
      else
        phase tsan gtest run_some tsan "${kThreaded[@]}" || true
      fi
    fi
  fi
  echo "the logs are in $kLogs; $((SECONDS - started)) s in all"
  echo "$passed passed, $failed failed"
  ((failed == 0 && passed > 0))
}

main
