#!/usr/bin/env bash
# run_python.sh BINARY [pytest arguments]: the Python half of the end-to-end tests against this binary.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
binary=$(realpath "$1")
shift
export PONTAGE_BINARY=$binary NO_PROXY="*" no_proxy="*" PYTHONDONTWRITEBYTECODE=1
unset OPENAI_API_KEY OPENAI_BASE_URL ANTHROPIC_API_KEY ANTHROPIC_BASE_URL OLLAMA_HOST
cd "$here/python"
exec "$root/build/e2e/venv/bin/python" -m pytest -p no:cacheprovider --color=no -q -ra "$@"
