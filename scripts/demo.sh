#!/usr/bin/env bash
# The demo shop on this machine: made-up sources, the way to Hive tables, questions to each of them; see usage.
set -uo pipefail
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/setup.sh"

usage() {
  cat <<'USAGE'
Usage: scripts/demo.sh up|fill|query|down [--root URI]

  up      start Spark's Thrift Server over the root
  fill    write the demo shop's landing (SQLite, JSON, CSV, logs) where there is none, and take it to Hive tables
  query   one question each to a JSON document, to the shop's database and to the published tables
  down    stop the server; landing, zones and tables stay

  --root URI   the root of all zones (default .lake; LAKE_ROOT)

fill publishes through the server where it runs, else through the job's own session. Each may be repeated.
Exit codes: those of the commands that it calls (docs/runbook.md).
USAGE
}

SHOP=demo ROOT=()
COMMAND=${1:-}
[ $# -eq 0 ] || shift
while [ $# -gt 0 ]; do
  case "$1" in
    --root) [ $# -gt 1 ] || { usage >&2; exit 2; }
      ROOT=(--root "$2"); shift 2 ;;
    *) usage >&2; exit 2 ;;
  esac
done

# newest PATTERN: the last file of that name in the shop's landing.
newest() {
  local found
  found=$(compgen -G "$LAKE_HOME/.landing/$SHOP/$1" | sort | tail -n 1)
  [ -n "$found" ] || refuse "no $1 in .landing/$SHOP: run scripts/demo.sh fill first"
  printf '%s' "$found"
}

fill() {
  local address endpoint=()
  if address=$("$LAKE_HOME/scripts/servers.sh" status thrift "${ROOT[@]}" 2>/dev/null); then
    address=$(grep -o 'hive2://[^ ]*' <<<"$address" | head -n 1)
    [ -z "$address" ] || endpoint=(--endpoint "$address")
  fi
  "$LAKE_HOME/scripts/spark_submit.sh" "$LAKE_HOME/jobs/run_pipeline.py" --shop "$SHOP" "${ROOT[@]}" "${endpoint[@]}"
}

query() {
  local document database
  document=$(newest 'promotions_*.json') && database=$(newest 'shop_*.sqlite') || exit
  set_up
  printf 'promotions in %s\n' "${document##*/}"
  "$VENV/bin/python" - "$document" <<'PYTHON' || exit
import json, sys
for each in json.load(open(sys.argv[1], encoding="utf-8"))["promotions"]:
    print(f"  {each['id']}  {each['type']:<12} from {each['starts_at']}  {each['name']}")
PYTHON
  printf 'orders by status in %s\n' "${database##*/}"
  "$VENV/bin/python" - "$database" <<'PYTHON' || exit
import sqlite3, sys
source = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
for status, count in source.execute("select lower(status), count(*) from orders group by 1 order by 2 desc"):
    print(f"  {status or '(none)':<12} {count:>6}")
PYTHON
  printf 'sales by month in the published tables\n'
  "$LAKE_HOME/scripts/beeline.sh" --shop "$SHOP" "${ROOT[@]}" -e \
    "select sale_month, channel, count(distinct order_id) as orders, sum(shop_net_amount) as net_eur from fct_sales
     group by sale_month, channel order by sale_month, channel"
}

case "$COMMAND" in
  up) "$LAKE_HOME/scripts/servers.sh" start thrift "${ROOT[@]}" ;;
  fill) fill ;;
  query) query ;;
  down) "$LAKE_HOME/scripts/servers.sh" stop thrift "${ROOT[@]}" ;;
  --help | -h) usage ;;
  *) usage >&2; exit 2 ;;
esac
