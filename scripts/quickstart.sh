#!/usr/bin/env bash
# From a fresh checkout to a served answer: installs what is missing, builds Release, starts the gateway on
# config/quickstart.yaml, sends one request through it and prints what happened. Serves on until Ctrl-C; with --once it
# stops by itself and its exit code says whether all of it worked.
#
#   scripts/quickstart.sh [--once]
#
# PONTAGE_LISTEN and PONTAGE_ADMIN_LISTEN move the two listeners (default 127.0.0.1:8080 and 127.0.0.1:8081).
# With OPENAI_API_KEY or ANTHROPIC_API_KEY set, that provider answers; without, the built-in simulated one does.
set -euo pipefail
cd "$(dirname "$0")/.."

once=no
case "${1:-}" in
  "") ;;
  --once) once=yes ;;
  *)
    echo "usage: scripts/quickstart.sh [--once]" >&2
    exit 2 ;;
esac

say() { printf '\n== %s\n' "$*"; }

readonly kBinary=build/release/pontage
started=$SECONDS
say "Installing what the build needs"
scripts/install-deps.sh build
say "Building Release (the first time takes some minutes)"
mkdir -p build
cmake --preset release >build/configure.log 2>&1 || {
  cat build/configure.log >&2
  exit 1
}
cmake --build --preset release --target pontage
echo "ready after $((SECONDS - started)) s"

scratch=$(mktemp -d)
server=""
# Ends what this script started, and nothing else.
finish() {
  local code=$?
  trap - EXIT INT TERM
  if [[ -n $server ]] && kill -0 "$server" 2>/dev/null; then
    kill -TERM "$server"
    wait "$server" || code=1
  fi
  rm -rf "$scratch"
  exit "$code"
}
trap finish EXIT
trap 'exit 0' INT TERM

say "Starting pontage serve -c config/quickstart.yaml"
PONTAGE_STATE_DIR="$scratch" "$kBinary" serve -c config/quickstart.yaml --ready-file "$scratch/ready.json" \
  >"$scratch/access.log" 2>"$scratch/events.log" &
server=$!
for ((i = 0; i < 100; ++i)); do
  [[ -s $scratch/ready.json ]] && break
  if ! kill -0 "$server" 2>/dev/null; then
    cat "$scratch/events.log" "$scratch/access.log" >&2
    server=""
    echo "The gateway did not start. If an address is taken, choose free ones and run again:" >&2
    echo "  PONTAGE_LISTEN=127.0.0.1:9080 PONTAGE_ADMIN_LISTEN=127.0.0.1:9081 scripts/quickstart.sh" >&2
    exit 1
  fi
  sleep 0.1
done
if [[ ! -s $scratch/ready.json ]]; then
  cat "$scratch/events.log" >&2
  echo "The gateway was not ready within 10 s." >&2
  exit 1
fi
eval "$(python3 scripts/quickstart.py addresses "$scratch/ready.json")"

say "One request, as any OpenAI client sends it"
cat >"$scratch/request.json" <<'JSON'
{"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Say hello to a new bridge in one sentence."}]}
JSON
cat <<TEXT
curl http://$listen/v1/chat/completions \\
  -H 'content-type: application/json' -H 'x-pontage-debug: 1' \\
  -d '$(cat "$scratch/request.json")'
TEXT
curl --noproxy '*' --silent --show-error --max-time 120 --dump-header "$scratch/headers" --output "$scratch/answer.json" \
  -H 'content-type: application/json' -H 'x-pontage-debug: 1' \
  --data-binary "@$scratch/request.json" "http://$listen/v1/chat/completions"
python3 scripts/quickstart.py answer "$scratch/headers" "$scratch/answer.json"

say "Addresses"
cat <<TEXT
base URL for SDKs   http://$listen/v1
health              http://$listen/healthz
metrics             http://$admin/metrics
TEXT

if [[ $once == yes ]]; then
  kill -TERM "$server"
  wait "$server"
  server=""
  say "Done (--once)"
  exit 0
fi
say "Serving; Ctrl-C stops"
wait "$server"
