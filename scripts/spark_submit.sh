#!/usr/bin/env bash
# The one launcher: sets up on first use, then spark-submit JOB with what this project needs around it.
set -uo pipefail
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/setup.sh"

usage() {
  cat <<'USAGE'
Usage: scripts/spark_submit.sh [--print] [spark-submit options] JOB [job arguments]

  JOB                    a Python file, from here or from the project: jobs/run_pipeline.py
  --print                print the resolved command and exit; nothing is installed or started
  spark-submit options   passed on untouched: --master, --deploy-mode, --conf, --queue, ... (spark-submit --help)

Read from the job's arguments, before Java starts:
  --load short|heavy     short (default) starts fast; heavy is for loads and large joins; also LAKE_LOAD
  --root URI             where tables go (default .lake in the project; also LAKE_ROOT): checked for room

Respected: JAVA_HOME, SPARK_HOME, SPARK_CONF_DIR, HADOOP_CONF_DIR, HIVE_CONF_DIR, PYSPARK_PYTHON, MASTER.
Set-up: LAKE_VENV, LAKE_JARS, LAKE_PYTHON, LAKE_NO_SYSTEM_INSTALL=1 (scripts/setup.sh says what they do).
Exit codes: the job's own; 2 wrong use; 3 the environment lacks something, the message says what to do.
USAGE
}

misuse() {
  say "$* (scripts/spark_submit.sh --help)"
  exit 2
}

# parse_command ARGS...: parts the line into USER_OPTIONS, JOB and JOB_ARGUMENTS.
parse_command() {
  USER_OPTIONS=() JOB= JOB_ARGUMENTS=() PRINT= WITHOUT_JOB=
  while [ $# -gt 0 ]; do
    case "$1" in
      --print) PRINT=1 ;;
      --help | -h) usage && exit 0 ;;
      --version) WITHOUT_JOB=1 && USER_OPTIONS+=("$1") ;;
      --supervise | --usage-error | --verbose | -v | --load-spark-defaults)
        USER_OPTIONS+=("$1") && note_option "$1" "" ;;
      --*=*) USER_OPTIONS+=("$1") && note_option "${1%%=*}" "${1#*=}" ;;
      -*)
        [ $# -gt 1 ] || misuse "$1 needs a value"
        [[ $1 != --kill && $1 != --status ]] || WITHOUT_JOB=1
        USER_OPTIONS+=("$1" "$2") && note_option "$1" "$2"
        shift ;;
      *)
        JOB=$1
        shift
        JOB_ARGUMENTS=("$@")
        return ;;
    esac
    shift
  done
  [ -n "$WITHOUT_JOB" ] || misuse "no JOB given"
}

# read_job_arguments: --load and --root, which matter before Java starts.
read_job_arguments() {
  local previous= argument
  LOAD=${LAKE_LOAD:-short} ROOT=${LAKE_ROOT:-$LAKE_HOME/.lake}
  for argument in "${JOB_ARGUMENTS[@]}"; do
    case "$previous $argument" in
      "--load "*) LOAD=$argument ;;
      "--root "*) ROOT=$argument ;;
      *" --load="*) LOAD=${argument#*=} ;;
      *" --root="*) ROOT=${argument#*=} ;;
    esac
    previous=$argument
  done
  [[ $LOAD == short || $LOAD == heavy ]] || misuse "--load is '$LOAD': short or heavy"
  export LAKE_LOAD=$LOAD
}

# find_job: a job is named from here or from the project, so that any current folder will do.
find_job() {
  [[ -e $JOB || $JOB == *://* ]] && return
  [ -e "$LAKE_HOME/$JOB" ] || misuse "no job $JOB, neither here nor in $LAKE_HOME"
  JOB=$LAKE_HOME/$JOB
}

check_room() {
  local folder folders
  case "$ROOT" in
    file:/*) need_room "${ROOT#file:}" 200 "the tables" ;;
    *:/*) ;;
    /*) need_room "$ROOT" 200 "the tables" ;;
    *) need_room "$LAKE_HOME/$ROOT" 200 "the tables" ;;
  esac
  IFS=, read -r -a folders <<<"${SPARK_LOCAL_DIRS:-${TMPDIR:-/tmp}}" # Spark spreads its files over all of a list
  for folder in "${folders[@]}"; do need_room "$folder" 200 "Spark's temporary files"; done
}

# pack_sources: the archive for executors elsewhere, made anew only when a source has changed since.
pack_sources() {
  local archive=$SETUP_STATE/halles.zip began
  if [ -e "$archive" ] && [ -z "$(find "$LAKE_HOME/lake" "$LAKE_HOME/conf" -name __pycache__ -prune -o \
    -newer "$archive" -print -quit)" ]; then
    return
  fi
  need_room "$SETUP_STATE" 50 "the archive for executors"
  began=$(date +%s.%N)
  mkdir -p -- "$SETUP_STATE" && "$VENV/bin/python" "$LAKE_HOME/scripts/pack_sources.py" "$LAKE_HOME" "$archive" &&
    touch --date "@$began" "$archive" || refuse "could not write $archive: free some space there"
}

print_command() {
  local name
  for name in JAVA_HOME SPARK_HOME SPARK_CONF_DIR HADOOP_CONF_DIR HIVE_CONF_DIR SPARK_LOCAL_IP PYSPARK_PYTHON \
    PYSPARK_DRIVER_PYTHON PYTHONPATH LAKE_LOAD; do
    [ -z "${!name:-}" ] || printf '%s=%q ' "$name" "${!name}"
  done
  printf '%q' "${COMMAND[0]}" && printf ' %q' "${COMMAND[@]:1}" && printf '\n'
}

parse_command "$@"
read_job_arguments
[ -z "$JOB" ] || find_job
if [ -n "$PRINT" ]; then
  use_utf8
  ensure_java
  choose_spark
else
  set_up
  [ -z "$JOB" ] || check_room
fi
if [ -n "$JOB" ]; then
  resolve_options "$LOAD"
  [ -n "$PRINT" ] || [[ ! " ${OURS[*]} " == *" --archives "* ]] || pack_sources
fi
COMMAND=("$SPARK_HOME/bin/spark-submit" "${USER_OPTIONS[@]}" "${OURS[@]}" ${JOB:+"$JOB"} "${JOB_ARGUMENTS[@]}")
if [ -n "$PRINT" ]; then
  print_command
  exit 0
fi
# The small JVM that spark-submit starts first, only to build the command line.
export SPARK_LAUNCHER_OPTS=${SPARK_LAUNCHER_OPTS:--XX:+UseSerialGC -XX:TieredStopAtLevel=1}
# spark-submit pours a Python job's stderr into stdout; the job finds the real one here (lake/arguments.py). Two writers
# to a file need it open for appending, and so does `> log 2>&1`.
[ ! -f /dev/stdout ] || exec >>/dev/stdout
[ ! -f /dev/stderr ] || exec 2>>/dev/stderr
export LAKE_STDERR=/proc/$$/fd/2
exec "${COMMAND[@]}"
