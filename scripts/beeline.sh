#!/usr/bin/env bash
# Beeline, connected to the database of a shop's live release: every query of a session sees one release.
set -uo pipefail
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/setup.sh"

usage() {
  cat <<'USAGE'
Usage: scripts/beeline.sh [--shop SHOP] [--endpoint hive2://HOST:PORT] [--root URI] [Beeline's options]

  --shop SHOP       connect to the database of this shop's live release (default: the only shop that has one)
  --endpoint URI    the server to ask (default: the one that serves the root, else 127.0.0.1 and LAKE_THRIFT_PORT)
  --root URI        the root whose server is meant (default .lake in the project; also LAKE_ROOT)

  scripts/beeline.sh --shop online_retail -e "select * from kpi_sheet"
  scripts/beeline.sh --shop online_retail --outputformat=csv2 -f query.hql > answer.csv

Beeline's own options pass through; its exit codes stay (0 fine, 1 or 2 a statement failed). 3: no server answers, or
nothing is published; the message says what to do.
USAGE
}

# closed STATEMENTS: with a semicolon at the end; without, Beeline prints its prompt among the results.
closed() {
  printf '%s' "$1"
  [[ $1 =~ \;[[:space:]]*$ ]] || printf ';'
}

WHERE=() ARGUMENTS=() HAS_INPUT=
while [ $# -gt 0 ]; do
  case "$1" in
    --help | -h) usage && exit 0 ;;
    --shop | --endpoint | --root)
      [ $# -gt 1 ] || { usage >&2 && exit 2; }
      WHERE+=("$1" "$2") && shift ;;
    --shop=* | --endpoint=* | --root=*) WHERE+=("$1") ;;
    -e) HAS_INPUT=1 ARGUMENTS+=(-e "$(closed "${2:-}")") && shift ;;
    -f) HAS_INPUT=1 ARGUMENTS+=("$1" "${2:-}") && shift ;;
    *) ARGUMENTS+=("$1") ;;
  esac
  shift || break
done
[ -n "$HAS_INPUT" ] || [ -t 0 ] || ARGUMENTS+=(-f /dev/stdin)

set_up
URL=$("$VENV/bin/python" "$LAKE_HOME/scripts/live_release.py" "${WHERE[@]}") || exit

# The server sends its Java stack with each error; what a reader needs is before and after it.
without_stacks() {
  awk '/^\tat / { inside = 1 } inside && /\(state=/ { sub(/.*\(state=/, "(state="); inside = 0 }
       /^Error: / { inside = 0 } !inside { print; fflush() }'
}

exec 3> >(without_stacks >&2)
FILTER=$!
"$JAVA_HOME/bin/java" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx256m "-Duser.timezone=UTC" \
  "-Dlog4j2.configurationFile=$(file_uri "$LAKE_HOME/conf/log4j2.properties")" -cp "$SPARK_HOME/jars/*" \
  org.apache.hive.beeline.BeeLine --silent=true -u "$URL" -n "$(id -un)" "${ARGUMENTS[@]}" 2>&3 3>&-
STATUS=$?
exec 3>&-
wait "$FILTER"
exit "$STATUS"
