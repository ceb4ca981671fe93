#!/usr/bin/env bash
# run_node.sh BINARY [test files]: the Node.js half of the end-to-end tests against this binary.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
PONTAGE_BINARY=$(realpath "$1")
shift
export PONTAGE_BINARY NO_PROXY="*" no_proxy="*"
unset OPENAI_API_KEY OPENAI_BASE_URL ANTHROPIC_API_KEY ANTHROPIC_BASE_URL OLLAMA_HOST
modules=$root/build/e2e/node/node_modules
node=$modules/node/bin/node
[[ -x $node ]] || node=$(command -v node)
# ES modules are resolved from where a file stands: the tests run from a copy beside the installed SDK.
rm -rf "$root/build/e2e/node/tests"
cp -r "$here/node" "$root/build/e2e/node/tests"
cd "$root/build/e2e/node/tests"
if [[ $# == 0 ]]; then set -- *.test.mjs; fi
exec "$node" --test --test-reporter=tap --test-concurrency=1 "$@"
