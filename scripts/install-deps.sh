#!/usr/bin/env bash
# The one place that installs anything from Debian: groups of packages by what they are needed for. What is present
# already is skipped, so a second run costs nothing. Needs root or sudo only when something is missing.
#
#   scripts/install-deps.sh build            what a build needs
#   scripts/install-deps.sh build test       and what the tests need
#   scripts/install-deps.sh bench            nginx and wrk, the yardstick of docs/benchmarks.md
#   scripts/install-deps.sh image            to build the container image without an engine
#   scripts/install-deps.sh runtime          only what the finished binary loads
#   scripts/install-deps.sh --list GROUP...  prints the package names and installs nothing
set -euo pipefail

# One line a package set; docs/dependencies.md says what each is for.
packages_of() {
  case "$1" in
    build) echo "clang-19 lld-19 cmake ninja-build ccache git ca-certificates python3" \
      "libboost1.81-dev nlohmann-json3-dev libsimdjson-dev libyaml-cpp-dev libssl-dev libspdlog-dev libfmt-dev" \
      "prometheus-cpp-dev zlib1g-dev libsqlite3-dev libre2-dev libcli11-dev $(node_packages) curl" ;;
    # libclang-rt-19-dev: the sanitizers and libFuzzer; llvm-19: llvm-symbolizer; prometheus: promtool.
    test) echo "libgtest-dev libgmock-dev libclang-rt-19-dev llvm-19 clang-format-19 python3-venv prometheus" ;;
    lint) echo "clang-tidy-19 clang-format-19" ;;
    bench) echo "nginx-light wrk libclang-rt-19-dev libgtest-dev libgmock-dev" ;;
    image) echo "buildah debootstrap runc podman conmon" ;;
    runtime) echo "ca-certificates libsimdjson14 libyaml-cpp0.7 libssl3 libspdlog1.10 libfmt9" \
      "libprometheus-cpp-core1.0 zlib1g libsqlite3-0 libre2-9" ;;
    *)
      echo "install-deps: unknown group '$1' (build, test, lint, bench, image, runtime)" >&2
      return 2 ;;
  esac
}

# The token ranks come from an npm package. A Node.js that is already there, from wherever, is left alone.
node_packages() {
  local wanted=""
  command -v node >/dev/null 2>&1 || wanted+=" nodejs"
  command -v npm >/dev/null 2>&1 || wanted+=" npm"
  echo "$wanted"
}

is_installed() {
  [[ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" == installed ]]
}

as_root() {
  if [[ $(id -u) == 0 ]]; then
    env "$@"
  elif command -v sudo >/dev/null 2>&1; then
    sudo env "$@"
  else
    echo "install-deps: not root and no sudo; run this as root once: $0 $groups" >&2
    return 1
  fi
}

# Packages such as nginx and prometheus would start a service on installation; nobody asked for one. The answer 101 of
# a policy-rc.d means "not now"; one that the machine already has is left alone.
readonly kPolicy=/usr/sbin/policy-rc.d
policy_written=no
forbid_services() {
  [[ -e $kPolicy ]] && return 0
  as_root sh -c "printf '#!/bin/sh\nexit 101\n' > $kPolicy && chmod 755 $kPolicy"
  policy_written=yes
}
allow_services() {
  if [[ $policy_written == yes ]]; then as_root rm -f "$kPolicy"; fi
}

main() {
  local list_only=no package words
  local -a wanted=() missing=()
  if [[ "${1:-}" == --list ]]; then
    list_only=yes
    shift
  fi
  if [[ $# == 0 ]]; then set -- build; fi
  groups="$*"
  for group in "$@"; do
    words=$(packages_of "$group")
    for package in $words; do wanted+=("$package"); done
  done
  if [[ $list_only == yes ]]; then
    printf '%s\n' "${wanted[@]}"
    return 0
  fi
  for package in "${wanted[@]}"; do
    is_installed "$package" || missing+=("$package")
  done
  if [[ ${#missing[@]} == 0 ]]; then return 0; fi

  echo "install-deps: installing ${missing[*]}"
  trap allow_services EXIT
  forbid_services
  as_root DEBIAN_FRONTEND=noninteractive apt-get update -qq ||
    echo "install-deps: apt-get update failed; trying with the lists that are there" >&2
  as_root DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    -o Dpkg::Use-Pty=0 "${missing[@]}" >/tmp/pontage-apt.$$.log 2>&1 || {
    tail -n 20 /tmp/pontage-apt.$$.log >&2
    echo "install-deps: apt-get failed; the whole log is /tmp/pontage-apt.$$.log" >&2
    return 1
  }
  rm -f /tmp/pontage-apt.$$.log
}

main "$@"
