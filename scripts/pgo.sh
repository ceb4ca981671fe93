#!/usr/bin/env bash
# Renews scripts/pgo/release.profdata, the profile by which Release builds are laid out (docs/benchmarks.md says what it
# brings): builds with counters, runs the benchmark's work once, keeps what was counted. About ten minutes on two cores.
# Run it when the path of a request has changed much; a stale profile costs speed, never correctness, since the compiler
# leaves out every function that no longer looks as it did.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly kBuild=build/pgo
readonly kProfile=scripts/pgo/release.profdata

scripts/install-deps.sh build test bench
rm -rf "$kBuild/raw"
cmake --preset bench -B "$kBuild" -DPONTAGE_PROFILE=generate >/dev/null
cmake --build "$kBuild" --target pontage bench_load bench_sse_mock
LLVM_PROFILE_FILE="$PWD/$kBuild/raw/%p.profraw" python3 tests/bench/run.py --rounds 1 --seconds 3 \
  --binary "$PWD/$kBuild/pontage" --build "$PWD/$kBuild"
mkdir -p "$(dirname "$kProfile")"
# Sparse: what did not run is not in it, and is compiled as if there were no profile, not as if it were never used.
llvm-profdata-19 merge --sparse -o "$kProfile" "$kBuild"/raw/*.profraw
llvm-profdata-19 show "$kProfile" | head -n 4
