#!/usr/bin/env bash
# clang-tidy over every source that the build compiles, two at a time per core's worth; silent when there is nothing to say.
set -euo pipefail
build=$1
log=$(mktemp)
trap 'rm -f "$log"' EXIT
mapfile -t files < <(git ls-files 'src/*.cpp' 'tests/unit/*.cpp')
if ! printf '%s\0' "${files[@]}" | xargs -0 -n 4 -P "$(nproc)" clang-tidy-19 -p "$build" --quiet >"$log" 2>/dev/null; then
  cat "$log"
  exit 1
fi
