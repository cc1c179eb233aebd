#!/usr/bin/env bash
# clang-tidy over every source that the build compiles, one at a time per core; silent when there is nothing to say.
# Version 22 because older ones match every check against all system headers too: four times the time.
set -euo pipefail
build=$1
shift  # then the sources, as git ls-files takes them
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! git ls-files -z "$@" |
  xargs -0 -n 1 -P "$(nproc)" clang-tidy-22 -p "$build" --quiet >"$log" 2>/dev/null; then
  cat "$log"
  exit 1
fi
