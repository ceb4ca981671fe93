#!/usr/bin/env bash
# Puts the official SDKs, from their registries, under build/e2e: a Python environment and a Node.js project. Nothing is
# installed on the machine itself. What is there already, in the wanted version, is kept.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
target=$root/build/e2e
mkdir -p "$target/node"

if ! cmp -s "$here/requirements.txt" "$target/requirements.txt"; then
  python3 -m venv "$target/venv"
  "$target/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
  cp "$here/requirements.txt" "$target/requirements.txt"
fi

# The SDK needs Node.js 22; where the machine has an older one, the npm package `node` brings its own binary.
if ! cmp -s "$here/node/package.json" "$target/node/package.json.done"; then
  cp "$here/node/package.json" "$target/node/package.json"
  (cd "$target/node" && npm install --no-audit --no-fund --no-package-lock --loglevel=error)
  cp "$here/node/package.json" "$target/node/package.json.done"
fi
node=$target/node/node_modules/node/bin/node
[[ -x $node ]] || node=$(command -v node)
echo "Python: $("$target/venv/bin/python" --version), $("$target/venv/bin/pip" list 2>/dev/null | grep -E '^(openai|anthropic) ' | tr '\n' ' ')"
echo "Node: $("$node" --version), openai $("$node" -p "require('$target/node/node_modules/openai/package.json').version"), \
anthropic $("$node" -p "require('$target/node/node_modules/@anthropic-ai/sdk/package.json').version")"
