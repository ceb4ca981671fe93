#!/bin/sh
# The build's entry: puts the token tables into OUT. CACHE keeps the downloaded ranks and the tables, the latter under
# a name made of the scripts' content, so a second build folder copies and a changed script regenerates.
set -eu

cache=${1:?usage: tables.sh CACHE OUT [PYTHON]}
out=${2:?usage: tables.sh CACHE OUT [PYTHON]}
python=${3:-python3}
here=$(cd "$(dirname "$0")" && pwd)

key=$(cat "$here/fetch_ranks.sh" "$here/generate.py" "$here/unicode_classes.txt" | sha256sum | cut -c1-16)
tables="$cache/tables-$key"
if [ ! -d "$tables" ]; then
  "$here/fetch_ranks.sh" "$cache"
  work=$(mktemp -d "$cache/tables.XXXXXX")
  trap 'rm -rf "$work"' EXIT INT TERM
  "$python" "$here/generate.py" "$cache" "$work/tables"
  # Another build may have been faster; its tables are the same.
  mv -T "$work/tables" "$tables" 2>/dev/null || [ -d "$tables" ]
fi
mkdir -p "$out"
cp "$tables"/*.bin "$out/"
