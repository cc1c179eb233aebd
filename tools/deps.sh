#!/usr/bin/env bash
# Installs what Assay needs to be built and tested on Debian 12. Idempotent: asks apt only for what is missing, and touches
# nothing else. Works as root and as a user with sudo.
set -euo pipefail

packages=(
  # compilers and tools
  clang-19 clang-format-19 clang-tidy-22 libclang-rt-19-dev llvm-19 g++ cmake ninja-build ccache mold make pkg-config git python3 python3-yaml
  # libraries
  libboost1.81-dev libssl-dev libc-ares-dev libpsl-dev publicsuffix libidn2-dev nlohmann-json3-dev libyaml-cpp-dev
  libsoci-dev libsqlite3-dev libpq-dev libzstd-dev zlib1g-dev libcli11-dev libspdlog-dev libfmt-dev
  libkainjow-mustache-dev libmimalloc-dev libcjose-dev libjansson-dev prometheus-cpp-dev libcurl4-openssl-dev
  libre2-dev libarchive-dev libdeflate-dev libgit2-dev
  # tests, lab and benchmarks
  libgtest-dev libgmock-dev libbenchmark-dev libvalijson-dev postgresql-15 postgresql-client-15 nginx-light openssl ca-certificates
  libvectorscan-dev nsd unbound ldnsutils dnsperf sslscan testssl.sh curl chromium
)
# Any Node 18 or later will do; Debian's own is taken when there is none.
command -v node >/dev/null || packages+=(nodejs)
command -v npm >/dev/null || packages+=(npm)

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || {
    echo "deps: these packages are missing and neither root nor sudo is at hand: ${missing[*]}" >&2
    exit 1
  }
  as_root=(sudo)
fi
echo "deps: installing ${#missing[@]} Debian packages: ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
# RUNLEVEL=1 keeps freshly installed servers (PostgreSQL, nginx, nsd, unbound) from being started: Assay starts its own.
"${as_root[@]}" env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
