#!/usr/bin/env bash
# The demo: raises the lab, scans four of its Connect apps, prints the report, leaves demo-report.html and
# demo-ledger.db behind, and takes the lab down. `make demo` builds what is missing and calls this.
set -euo pipefail
cd "$(dirname "$0")/.."

# The lab's DNS and providers are on low ports: who may not bind them continues in a network namespace.
if [ -z "${ASSAY_DEMO_ENTERED:-}" ]; then
  ASSAY_DEMO_ENTERED=1 exec python3 lab/lab.py enter lab/demo.sh "$@"
fi

assay=${ASSAY:-build/assay}
state=${LAB_STATE:-.lab/demo}

if [ ! -x "$assay" ]; then
  echo "demo: $assay does not exist; run 'make' first" >&2
  exit 2
fi

served=
trap 'python3 lab/lab.py down --state "$state" >/dev/null; [ -z "$served" ] || kill "$served"' EXIT
python3 lab/lab.py up --background --state "$state" --fleet 1

setting() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$state/lab.json" "$1"; }
mapfile -t network < <(python3 -c 'import json, sys; print(*json.load(open(sys.argv[1]))["arguments"], sep="\n")' "$state/lab.json")
mapfile -t targets < <(python3 -c '
import json, sys
names = ("good-app.lab", "bad-app.lab", "expired-domain-app.lab", "takeover-app.lab")
print(*(one["url"] for one in json.load(open(sys.argv[1]))["targets"] if one["name"] in names), sep="\n")' "$state/lab.json")

# The ledger seals what was exchanged with the apps with this key.
umask 077
[ -s "$state/evidence.key" ] || openssl rand -hex 32 >"$state/evidence.key"
export ASSAY_EVIDENCE_KEY_FILE="$state/evidence.key"
# Found secrets are hashed with this one.
[ -s "$state/hash.key" ] || openssl rand -hex 32 >"$state/hash.key"
ASSAY_HASH_KEY=$(cat "$state/hash.key")
export ASSAY_HASH_KEY
rm -f demo-ledger.db demo-ledger.db-* demo-report.html
code=0
"$assay" scan "${targets[@]}" "${network[@]}" --rate 50 --tenant "$(setting tenant)" --user-jwt "$(setting user_jwt)" \
  --ledger demo-ledger.db -o html=demo-report.html || code=$?

# Source: secrets of every rule in a tree, its history and an archive in an archive; then the same tree without them.
rm -rf "$state/source"
python3 lab/planted.py "$state/source"
secrets=(scan --only secrets-source --ledger demo-ledger.db --quiet)
planted=0
"$assay" "${secrets[@]}" --key planted-app "$state/source/planted" >"$state/planted.txt" || planted=$?
tail -n 12 "$state/planted.txt"
clean=0
"$assay" "${secrets[@]}" --key clean-app "$state/source/clean" || clean=$?
if [ "$planted" -ne 1 ] || [ "$clean" -ne 0 ]; then
  echo "demo: expected secrets in the planted tree (1) and none in the clean one (0), got $planted and $clean" >&2
  exit 1
fi

# The same secrets where everybody can read them: in what an app serves to browsers. A clean one leaves its source unverified.
rm -f "$state/served.urls"
python3 lab/planted.py --serve "$state/served.urls" &
served=$!
for _ in $(seq 100); do [ -s "$state/served.urls" ] || sleep 0.1; done
mapfile -t apps <"$state/served.urls"
public=0
"$assay" scan "${apps[0]}" --kind service --only secrets-source --allow-network 127.0.0.0/8 --quiet >"$state/served.txt" || public=$?
tail -n 12 "$state/served.txt"
"$assay" scan "${apps[1]}" --kind service --only secrets-source --only referrer-policy --allow-network 127.0.0.0/8 >"$state/unseen.txt" || true
if [ "$public" -ne 1 ] || ! grep -q "rests on the source" "$state/unseen.txt"; then
  echo "demo: expected secrets in what the planted app serves (1), and no verdict on a clean one's source, got $public" >&2
  exit 1
fi

# 1 is what the bad app is there for.
if [ "$code" -ne 1 ]; then
  echo "demo: expected findings (exit code 1), got $code" >&2
  exit 1
fi
echo
echo "demo: the report is in demo-report.html, the ledger in demo-ledger.db (assay apps list --ledger demo-ledger.db)"
echo "demo: open the dashboard on it with: ASSAY_EVIDENCE_KEY_FILE=$state/evidence.key $assay serve --ledger demo-ledger.db --no-scans"
