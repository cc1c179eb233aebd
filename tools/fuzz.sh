#!/usr/bin/env bash
# Runs every fuzz target on its corpus and then for a bounded time. New inputs stay outside the repository.
set -euo pipefail
build=$1 seconds=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
run=0
for source in tests/fuzz/fuzz_*.cpp; do
  name=$(basename "$source" .cpp)
  corpus=tests/fuzz/corpus/${name#fuzz_}
  mkdir -p "$work/$name"
  echo "fuzz: $name for $seconds s" >&2
  "$build/$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=0 -verbosity=0 \
    -artifact_prefix="$work/" "$work/$name" "$corpus" >"$work/log" 2>&1 || {
    tail -n 60 "$work/log" >&2
    cp "$work"/crash-* "$work"/timeout-* "$work"/oom-* . 2>/dev/null || true
    echo "fuzz: $name failed; its input was left in this directory" >&2
    exit 1
  }
  run=$((run + 1))
done
echo "fuzz: $run targets, no crash" >&2
