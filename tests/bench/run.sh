#!/usr/bin/env bash
# The whole benchmark by one command: installs nginx and wrk, builds Release with the load generator, measures (about ten
# minutes) and writes the tables into docs/benchmarks.md. Arguments go on to run.py (--rounds N, --seconds S).
set -euo pipefail
cd "$(dirname "$0")/../.."
scripts/install-deps.sh build bench
cmake --preset bench >/dev/null
cmake --build --preset bench --target pontage bench_load bench_sse_mock
exec python3 tests/bench/run.py --binary "$PWD/build/bench/pontage" --build "$PWD/build/bench" \
  --raw build/bench/rows.jsonl --write docs/benchmarks.md "$@"
