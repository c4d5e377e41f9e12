#!/usr/bin/env bash
# Set-up on first use: Java, the virtual environment from requirements.lock, the jars of conf/jars.sha256.
# Sourced by the other scripts, which call set_up; run by itself it does the set-up and nothing else.
#
#   LAKE_VENV                   folder of the virtual environment (default: .venv in the project)
#   LAKE_JARS                   folder of the jars (default: jars in the project)
#   LAKE_PYTHON                 the Python that makes the virtual environment (default: the first 3.11 or newer)
#   LAKE_NO_SYSTEM_INSTALL=1    never call apt-get
#   LAKE_NO_CLASS_ARCHIVE=1     make no archive of Java classes (200 MB, for faster starts)

LAKE_HOME=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd -P)
VENV=${LAKE_VENV:-$LAKE_HOME/.venv}
JARS=${LAKE_JARS:-$LAKE_HOME/jars}
SETUP_STATE=$LAKE_HOME/.setup
SETUP_LOG=$SETUP_STATE/setup.log
LOCK=$LAKE_HOME/requirements.lock
JAR_LIST=$LAKE_HOME/conf/jars.sha256
OLDEST_JAVA=17
VENV_MEGABYTES=2600 # what the virtual environment takes while it is made (pip unpacks before it installs)
export LAKE_HOME
. "$LAKE_HOME/scripts/spark_options.sh"

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

# refuse MESSAGE: the one way out of an environment that does not fit; the message says what to do.
refuse() {
  say "$*"
  exit 3
}

# Names and text outside ASCII (customers, files) need UTF-8; a C locale would make Java and Python misread them.
# A variable may name a locale that is not installed: what holds then is ASCII, whatever its name says.
use_utf8() {
  [ "$(locale charmap 2>/dev/null)" = UTF-8 ] || export LC_ALL=C.UTF-8
}

# nearest_folder PATH: PATH itself, or the closest folder above it that exists.
nearest_folder() {
  local path=$1
  while [ ! -e "$path" ]; do path=$(dirname -- "$path"); done
  printf '%s' "$path"
}

# need_room PATH MEGABYTES WHAT: stops when PATH cannot be written or its disk has less than that free.
need_room() {
  local folder free
  folder=$(nearest_folder "$1")
  [ -d "$folder" ] || refuse "$folder is a file, but $3 needs a folder there: move the file away"
  [ -w "$folder" ] || refuse "no right to write $3 in $folder: give $(id -un) that right, or choose another folder"
  free=$(df -Pm -- "$folder" 2>/dev/null | awk 'NR == 2 { print $4 }')
  [ -n "$free" ] || return 0
  [ "$free" -ge "$2" ] || refuse "the disk under $folder has $free MB free, $3 needs $2 MB: free some space"
}

# --- Java ---------------------------------------------------------------------------------------------------

# java_version HOME: the major version, from the release file where there is one (a JVM start costs 0.1 s).
java_version() {
  local version=
  if [ -r "$1/release" ]; then
    version=$(sed -n 's/^JAVA_VERSION="\([^"]*\)".*/\1/p' "$1/release")
  fi
  [ -n "$version" ] || version=$("$1/bin/java" -version 2>&1 | sed -n 's/.* version "\([^"]*\)".*/\1/p' | head -n 1)
  version=${version#1.}
  printf '%s' "${version%%[.+-]*}"
}

is_new_enough_java() {
  local version
  [ -x "$1/bin/java" ] || return 1
  version=$(java_version "$1")
  [[ $version =~ ^[0-9]+$ ]] && [ "$version" -ge "$OLDEST_JAVA" ]
}

# find_java: sets JAVA_HOME when it was not set; fails when the machine has no Java that is new enough.
find_java() {
  local on_path candidate
  on_path=$(command -v java) && on_path=$(readlink -f -- "$on_path") && on_path=${on_path%/bin/java}
  for candidate in "${on_path:-}" /usr/lib/jvm/java-{17,21,25}-* /usr/lib/jvm/*; do
    if [ -n "$candidate" ] && is_new_enough_java "$candidate"; then
      export JAVA_HOME=$candidate
      return 0
    fi
  done
  return 1
}

ensure_java() {
  local version
  if [ -n "${JAVA_HOME:-}" ]; then
    [ -x "$JAVA_HOME/bin/java" ] ||
      refuse "JAVA_HOME is $JAVA_HOME, but bin/java is not there: point it at Java $OLDEST_JAVA or newer, or unset it"
    is_new_enough_java "$JAVA_HOME" && return 0
    version=$(java_version "$JAVA_HOME")
    refuse "JAVA_HOME is Java ${version:-unknown}, Spark needs $OLDEST_JAVA or newer: point it at one, or unset it"
  fi
  find_java && return 0
  install_packages "Java $OLDEST_JAVA or newer" openjdk-17-jre-headless openjdk-21-jre-headless \
    openjdk-25-jre-headless
  find_java || refuse "apt-get ended well, but no Java $OLDEST_JAVA is found: set JAVA_HOME; see $SETUP_LOG"
}

# --- what the system lacks ----------------------------------------------------------------------------------

# install_packages WHAT PACKAGE...: installs the first of the packages that this system offers.
install_packages() {
  local what=$1 first=$2 package as_root=()
  shift
  local by_hand="install it (Debian, Ubuntu: apt-get install $first) and start again"
  [ "${LAKE_NO_SYSTEM_INSTALL:-0}" != 1 ] ||
    refuse "$what is missing and LAKE_NO_SYSTEM_INSTALL=1 forbids to install it: $by_hand"
  command -v apt-get >/dev/null || refuse "$what is missing and there is no apt-get here: $by_hand"
  if [ "$(id -u)" -ne 0 ]; then
    sudo -n true 2>/dev/null || refuse "$what is missing and $(id -un) may not use sudo without a password: $by_hand"
    as_root=(sudo -n)
  fi
  mkdir -p -- "$SETUP_STATE"
  say "$what is missing: installing it with apt-get (LAKE_NO_SYSTEM_INSTALL=1 forbids that)"
  "${as_root[@]}" apt-get update >>"$SETUP_LOG" 2>&1 </dev/null || true
  for package in "$@"; do
    apt-cache show "$package" >/dev/null 2>&1 || continue
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$package" \
      >>"$SETUP_LOG" 2>&1 </dev/null && return 0
    refuse "apt-get could not install $package (see $SETUP_LOG): $by_hand"
  done
  refuse "apt-get offers none of: $*; $by_hand"
}

# --- the virtual environment --------------------------------------------------------------------------------

is_new_enough_python() {
  command -v "$1" >/dev/null && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

# find_python: prints the Python to make the virtual environment with.
find_python() {
  local candidate
  for candidate in ${LAKE_PYTHON:+"$LAKE_PYTHON"} python3 python3.11 python3.12 python3.13 python3.14 /usr/bin/python3; do
    if is_new_enough_python "$candidate"; then
      command -v "$candidate"
      return 0
    fi
  done
  return 1
}

# The marker holds the SHA-256 of the lock it was made from; it is written last, so what is half made has none.
lock_hash() { { sha256sum <"$LOCK"; } 2>/dev/null | cut -c 1-64; }
venv_is_complete() {
  [ -x "$VENV/bin/python" ] && [ ! -e "$VENV/.incomplete" ] && [ "$(cat "$VENV/.lock-hash" 2>/dev/null)" = "$1" ]
}

# refuse_foreign_folder: what is not a virtual environment, or the beginning of one, is nobody's to remove.
refuse_foreign_folder() {
  [ -n "$(ls -A -- "$VENV" 2>/dev/null)" ] || return 0
  [ -e "$VENV/.incomplete" ] || [ -e "$VENV/.lock-hash" ] || [ -e "$VENV/pyvenv.cfg" ] ||
    refuse "$VENV holds other things than a virtual environment: set LAKE_VENV to a new folder, or empty this one"
}

make_venv() {
  local python hash
  [ -r "$LOCK" ] || refuse "$LOCK is missing: bring it back (git checkout), or start from the project's own folder"
  hash=$(lock_hash)
  if [ ! -e "$VENV/.lock-hash" ] || [ -e "$VENV/.incomplete" ] || [ ! -x "$VENV/bin/python" ]; then
    need_room "$VENV" "$VENV_MEGABYTES" "the virtual environment"
    refuse_foreign_folder
    python=$(find_python) || refuse "Python 3.11 or newer is missing: install it, or name it in LAKE_PYTHON"
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
      install_packages "python3-venv" \
        "$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')" python3-venv
    fi
    say "making the virtual environment in $VENV (once; minutes, log in $SETUP_LOG)"
    rm -rf -- "$VENV" && mkdir -p -- "$VENV" && : >"$VENV/.incomplete" ||
      refuse "cannot write $VENV: give $(id -un) the right to, or set LAKE_VENV"
    "$python" -m venv "$VENV" >>"$SETUP_LOG" 2>&1 || explain_failure "$python -m venv"
  else
    say "requirements.lock has changed: bringing $VENV up to it (log in $SETUP_LOG)"
    need_room "$VENV" 500 "the virtual environment"
    : >"$VENV/.incomplete"
  fi
  "$VENV/bin/python" -m pip install --disable-pip-version-check --no-input --require-hashes \
    --requirement "$LOCK" >>"$SETUP_LOG" 2>&1 || explain_failure "pip install"
  printf '%s\n' "$hash" >"$VENV/.lock-hash" && rm -f -- "$VENV/.incomplete"
}

# explain_failure WHAT: one line from the log of the step that failed.
explain_failure() {
  local last
  if tail -n 40 "$SETUP_LOG" | grep -q 'No space left on device'; then
    refuse "$1 stopped: the disk is full; free $VENV_MEGABYTES MB under $VENV or for pip's TMPDIR"
  fi
  last=$(grep -v '^[[:space:]]*$' "$SETUP_LOG" | grep -iE 'error|cannot|denied|failed' | tail -n 1 | cut -c 1-200)
  refuse "$1 failed (${last:-no reason given}): mend that and start again; log in $SETUP_LOG"
}

# --- jars ---------------------------------------------------------------------------------------------------

listed_jars() { grep -v '^[[:space:]]*\(#\|$\)' "$JAR_LIST"; }
jars_are_complete() {
  (cd -- "$JARS" 2>/dev/null && listed_jars | awk '{ print $1 "  " $2 }' | sha256sum --check --status 2>/dev/null)
}

# fetch_jar COORDINATE FILE: through the Ivy that lies in the pyspark wheel, else through mvn.
fetch_jar() {
  local group artifact version ivy
  IFS=: read -r group artifact version <<<"$1"
  ivy=$(echo "$VENV"/lib/python3.*/site-packages/pyspark/jars/ivy-*.jar)
  "$JAVA_HOME/bin/java" -cp "$ivy" org.apache.ivy.Main -error -types jar -cache "$SETUP_STATE/ivy" \
    -dependency "$group" "$artifact" "$version" -notransitive \
    -retrieve "$SETUP_STATE/fetched/[artifact]-[revision].[ext]" >>"$SETUP_LOG" 2>&1 </dev/null
  [ -f "$SETUP_STATE/fetched/$2" ] && return 0
  command -v mvn >/dev/null && mvn -B -ntp -q dependency:copy "-Dartifact=$1" \
    "-DoutputDirectory=$SETUP_STATE/fetched" >>"$SETUP_LOG" 2>&1 </dev/null
}

make_jars() {
  local hash file coordinate
  need_room "$JARS" 100 "the jars"
  mkdir -p -- "$JARS" || refuse "cannot write $JARS: give $(id -un) the right to, or set LAKE_JARS"
  while read -r hash file coordinate; do
    [ -f "$JARS/$file" ] && printf '%s  %s\n' "$hash" "$JARS/$file" | sha256sum --check --status && continue
    if [ -f "$JARS/$file" ]; then
      refuse "$JARS/$file is not the file that conf/jars.sha256 lists (SHA-256 differs): remove it and start again"
    fi
    say "fetching $coordinate into $JARS (once)"
    rm -rf -- "$SETUP_STATE/fetched" && fetch_jar "$coordinate" "$file"
    [ -f "$SETUP_STATE/fetched/$file" ] ||
      refuse "could not fetch $coordinate (log in $SETUP_LOG): check the network, or put $file into $JARS"
    printf '%s  %s\n' "$hash" "$SETUP_STATE/fetched/$file" | sha256sum --check --status ||
      refuse "$coordinate came with another SHA-256 than conf/jars.sha256 lists: it is not used; ask who sent it"
    cp -- "$SETUP_STATE/fetched/$file" "$JARS/$file.partial.$$" && mv -- "$JARS/$file.partial.$$" "$JARS/$file" ||
      refuse "cannot write $JARS/$file: give $(id -un) the right to, or free some space"
  done < <(listed_jars)
  rm -rf -- "$SETUP_STATE/fetched" "$SETUP_STATE/ivy"
}

# --- all of it ----------------------------------------------------------------------------------------------

# set_up: brings Java, the virtual environment and the jars about; does nothing when they are there.
set_up() {
  use_utf8
  ensure_java
  if ! is_set_up; then
    need_room "$SETUP_STATE" 10 "set-up"
    mkdir -p -- "$SETUP_STATE" "$(dirname -- "$VENV")"
    (
      flock --nonblock 9 || { say "another set-up is at work: waiting for it" && flock 9; }
      venv_is_complete "$(lock_hash)" || make_venv || exit
      jars_are_complete || make_jars || exit
      choose_spark && make_class_archive
    ) 9>"$VENV.lock" || exit
  fi
  choose_spark
}

is_set_up() { venv_is_complete "$(lock_hash)" && jars_are_complete; }

# choose_spark: SPARK_HOME as it is set, else Spark of the wheel; the Python that Spark's workers use.
choose_spark() {
  if [ -z "${SPARK_HOME:-}" ]; then
    SPARK_HOME=$(echo "$VENV"/lib/python3.*/site-packages/pyspark)
  elif [ ! -x "$SPARK_HOME/bin/spark-submit" ]; then
    refuse "SPARK_HOME is $SPARK_HOME, but bin/spark-submit is not there: point it at Spark 4.2.0, or unset it"
  fi
  export SPARK_HOME
  export PYSPARK_PYTHON=${PYSPARK_PYTHON:-$VENV/bin/python}
  export PYSPARK_DRIVER_PYTHON=${PYSPARK_DRIVER_PYTHON:-$PYSPARK_PYTHON}
  export PYTHONPATH=$LAKE_HOME${PYTHONPATH:+:$PYTHONPATH}
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  set_up
  mkdir -p -- "$SETUP_STATE" && make_class_archive # for a Java that came after the first set-up
  say "ready: Java in $JAVA_HOME, Python in $VENV, jars in $JARS"
fi
