#!/usr/bin/env bash
# Lints docs/openapi.yaml with Redocly's linter, which is fetched once; silent when there is nothing to say.
set -euo pipefail
here=$(dirname "$0")
node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' || {
  echo "lint: Node $(node --version) is too old for the linter of docs/openapi.yaml; install Node 20.19 or later" >&2
  exit 1
}
[ -d "$here/node_modules/@redocly/cli" ] || npm --prefix "$here" ci --silent >/dev/null
out=$(REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true \
  "$here/node_modules/.bin/redocly" lint --config "$here/redocly.yaml" docs/openapi.yaml 2>&1) || {
  echo "$out"
  exit 1
}
