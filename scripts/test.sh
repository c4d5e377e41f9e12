#!/usr/bin/env bash
# Every daily test: set-up on first use, then ruff, mypy, sqlfluff and pytest. The last line is pytest's own.
#
#   scripts/test.sh                      all daily tests
#   scripts/test.sh --long               the tests that take hours as well
#   scripts/test.sh tests/unit -k words  what pytest understands is passed on; with a path, in one process
#
#   LAKE_TEST_PROCESSES                  how many processes share all tests (default: 2)
set -uo pipefail
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/setup.sh"

FOLDERS=(tests/e2e tests/servers tests/golden tests/transforms tests/unit) # what takes longest comes first
SELECTION=() ARGUMENTS=() PATHS=()
for argument in "$@"; do
  case "$argument" in
    --long) SELECTION=(-m "long or not long") ;; # pyproject.toml leaves the long ones out
    -*) ARGUMENTS+=("$argument") ;;
    *)
      [ -e "${argument%%::*}" ] && PATHS+=("$argument")
      ARGUMENTS+=("$argument") ;;
  esac
done

set_up
cd -- "$LAKE_HOME" || exit 3
if [ ${#PATHS[@]} -eq 0 ]; then
  ARGUMENTS+=(-n "${LAKE_TEST_PROCESSES:-2}" --dist loadfile --no-loadscope-reorder "${FOLDERS[@]}")
fi
FAILED=
"$VENV/bin/python" -m ruff check . || FAILED="ruff"
"$VENV/bin/python" -m mypy || FAILED="${FAILED:+$FAILED, }mypy"
"$VENV/bin/python" -m sqlfluff lint lake/sql || FAILED="${FAILED:+$FAILED, }sqlfluff on lake/sql"
# the DDL is rendered: whether it parses is what counts, not how it is laid out
"$VENV/bin/python" -m sqlfluff lint hive_ddl/spark --rules CP01 || FAILED="${FAILED:+$FAILED, }sqlfluff on hive_ddl"
[ -z "$FAILED" ] || say "$FAILED found something to mend (above); the tests run all the same"
# a session of half an hour: the full compiler pays from the third minute on; there are two sessions
PYSPARK_SUBMIT_ARGS=$(LAKE_DRIVER_MEMORY=${LAKE_DRIVER_MEMORY:-4g} submit_arguments heavy)
export PYSPARK_SUBMIT_ARGS SPARK_LOCAL_IP=127.0.0.1
"$VENV/bin/python" -m pytest "${SELECTION[@]}" "${ARGUMENTS[@]}"
STATUS=$?
[ "$STATUS" -ne 0 ] || [ -z "$FAILED" ] || STATUS=1
exit "$STATUS"
