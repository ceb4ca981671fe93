#!/bin/sh
# Fetches OpenAI's BPE ranks (o200k_base.json, cl100k_base.json) into OUTDIR from the npm package tiktoken, whose
# version and integrity hash are pinned here. Licence of package and ranks: MIT (https://github.com/openai/tiktoken).
# Offline: put the two files, or the package's .tgz as tiktoken-1.0.22.tgz, into OUTDIR beforehand.
set -eu

version=1.0.22
sha512=3cabf2d6b545d5189b7c5dc99570523f426b730daeab7c977607045ed293627dd027f7014411c39eb2798c7932f8c10d67a0c83f0354196a64571fbb8e80a934

out=${1:?usage: fetch_ranks.sh OUTDIR}
mkdir -p "$out"
if [ -s "$out/o200k_base.json" ] && [ -s "$out/cl100k_base.json" ]; then
  exit 0  # generate.py checks their content
fi

work=$(mktemp -d "$out/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT INT TERM
archive="$out/tiktoken-$version.tgz"
if [ ! -s "$archive" ]; then
  command -v npm >/dev/null 2>&1 || {
    echo "fetch_ranks.sh: npm is missing (Debian: apt-get install npm); it is needed once, to download tiktoken@$version" >&2
    echo "fetch_ranks.sh: or place tiktoken-$version.tgz from another machine into $out" >&2
    exit 1
  }
  (cd "$work" && npm pack --silent "tiktoken@$version" >/dev/null) || {
    echo "fetch_ranks.sh: 'npm pack tiktoken@$version' failed; is the npm registry reachable?" >&2
    exit 1
  }
  archive="$work/tiktoken-$version.tgz"
fi
got=$(sha512sum "$archive" | cut -d' ' -f1)
if [ "$got" != "$sha512" ]; then
  echo "fetch_ranks.sh: $archive has sha512 $got, expected $sha512" >&2
  exit 1
fi
tar -xzf "$archive" -C "$work" package/encoders/o200k_base.json package/encoders/cl100k_base.json
mv "$work/package/encoders/o200k_base.json" "$work/package/encoders/cl100k_base.json" "$out/"
