# What this project adds to a spark-submit command line. Sourced by setup.sh.
# Whatever the caller sets (an option, spark-defaults.conf, the environment) wins or is joined, never replaced.

declare -A CALLER=() # Spark's properties as the caller has set them, by an option or in a properties file
OURS=()              # the options we add, to stand after the caller's

# note_option OPTION VALUE: remembers what the caller asked for, under the name of Spark's property.
note_option() {
  case "$1" in
    --conf | -c) CALLER[${2%%=*}]=${2#*=} ;;
    --master) CALLER[spark.master]=$2 ;;
    --remote) CALLER[spark.remote]=$2 ;;
    --deploy-mode) CALLER[spark.submit.deployMode]=$2 ;;
    --jars) CALLER[spark.jars]=$2 ;;
    --archives) CALLER[spark.archives]=$2 ;;
    --driver-memory) CALLER[spark.driver.memory]=$2 ;;
    --driver-java-options) CALLER[spark.driver.extraJavaOptions]=$2 ;;
    --properties-file) PROPERTIES_FILE=$2 ;;
    --load-spark-defaults) LOAD_DEFAULTS=1 ;;
  esac
}

# note_properties FILE: the same for a properties file; what was noted before stays.
note_properties() {
  local line key
  [ -r "$1" ] || return 0
  while IFS= read -r line || [ -n "$line" ]; do
    [[ $line =~ ^[[:space:]]*(spark\.[^[:space:]=:]+)[[:space:]]*[=:]?[[:space:]]*(.*)$ ]] || continue
    key=${BASH_REMATCH[1]}
    [ -n "${CALLER[$key]+set}" ] || CALLER[$key]=${BASH_REMATCH[2]%"${BASH_REMATCH[2]##*[![:space:]]}"}
  done <"$1"
}

note_properties_files() {
  [ -z "${PROPERTIES_FILE:-}" ] || note_properties "$PROPERTIES_FILE"
  if [ -z "${PROPERTIES_FILE:-}" ] || [ -n "${LOAD_DEFAULTS:-}" ]; then
    note_properties "${SPARK_CONF_DIR:-$SPARK_HOME/conf}/spark-defaults.conf"
  fi
}

# default_conf KEY VALUE: a setting of ours, unless the caller has one.
default_conf() { [ -n "${CALLER[$1]+set}" ] || OURS+=(--conf "$1=$2"); }

# file_uri PATH: a URI that Spark and log4j read rightly also when the folder has a space in its name.
file_uri() {
  local path=${1//%/%25}
  path=${path// /%20}
  printf 'file://%s' "${path//#/%23}"
}

# our_jars SEPARATOR: the listed jars, as one word.
our_jars() {
  local hash file coordinate joined=
  while read -r hash file coordinate; do joined+=${joined:+$1}$JARS/$file; done < <(listed_jars)
  printf '%s' "$joined"
}

# Short jobs: the first-tier compiler and the serial collector start fastest; the collector is not called each time that the
# heap or the room for classes grows a little. Heavy ones: joins and loads run 1.5 to
# 2 times faster with the full compiler, which takes what runs 8 times as often as it would by itself: each query brings
# classes of its own, and most of them end before they are worth it (12 % less CPU, docs/measurements.md).
load_flags() {
  case "$1" in
    short) printf '%s' "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m" \
      " -XX:MetaspaceSize=256m -XX:InitialRAMPercentage=5" ;;
    heavy) printf '%s' "-XX:+UseParallelGC -XX:Tier4InvocationThreshold=40000 -XX:Tier4MinInvocationThreshold=5000" \
      " -XX:Tier4CompileThreshold=120000 -XX:Tier4BackEdgeThreshold=320000" ;;
  esac
}

# heavy_memory: a bulk load holds a feed's records several times: a third of the memory there is (a container's own limit
# counts), but 4 to 8 GB.
heavy_memory() {
  local total limit third
  total=$(awk '/^MemTotal:/ { print $2 }' /proc/meminfo 2>/dev/null)
  limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null)
  [[ $limit =~ ^[0-9]+$ ]] && [ $((limit / 1024)) -lt "${total:-0}" ] && total=$((limit / 1024))
  third=$((${total:-0} / 3 / 1048576))
  printf '%dg' $((third < 4 ? 4 : third > 8 ? 8 : third))
}

# class_archive: the path of the class-data archive that fits this Java, these jars and this place.
# The JVM takes an archive only with the very class path it was made with, and passes over any other.
class_archive() {
  local key
  key=$({ cat "$JAVA_HOME/release" "$LOCK" "$JAR_LIST" 2>/dev/null; printf '%s\n' "$JAVA_HOME" "$SPARK_HOME" "$JARS"; } |
    sha256sum | cut -c 1-16)
  printf '%s' "$VENV/classes-$key.jsa"
}

# make_class_archive: once, about 40 s; saves each later start about a third. Without it everything works, slower.
make_class_archive() {
  local archive scratch
  [ "${LAKE_NO_CLASS_ARCHIVE:-0}" != 1 ] && [ -z "${SPARK_CONF_DIR:-}${HADOOP_CONF_DIR:-}${HIVE_CONF_DIR:-}" ] || return 0
  archive=$(class_archive)
  [ ! -e "$archive" ] && [ ! -e "$archive.failed" ] || return 0
  [ "$(df -Pm -- "$VENV" | awk 'NR == 2 { print $4 }')" -ge 1000 ] || return 0
  say "archiving Java classes in $VENV, so that later starts are faster (once; LAKE_NO_CLASS_ARCHIVE=1 forbids it)"
  scratch=$(mktemp -d) || return 0
  ls -t "$VENV"/classes-*.jsa 2>/dev/null | tail -n +3 | while IFS= read -r old; do rm -f -- "$old"; done
  if (cd -- "$scratch" && SPARK_LOCAL_IP=127.0.0.1 timeout 300 "$SPARK_HOME/bin/spark-submit" --master 'local[2]' \
    --conf spark.driver.host=127.0.0.1 --conf spark.driver.bindAddress=127.0.0.1 \
    --conf "spark.driver.defaultExtraClassPath=$(our_jars :)" \
    --conf "spark.driver.defaultJavaOptions=$(load_flags short) -Dlog4j2.configurationFile=$(file_uri "$LAKE_HOME/conf/log4j2.properties") \"-Dderby.system.home=$scratch\" \"-XX:ArchiveClassesAtExit=$archive.partial\"" \
    "$LAKE_HOME/scripts/train_class_archive.py" "$LAKE_HOME" "$scratch") >>"$SETUP_LOG" 2>&1 </dev/null &&
    [ -s "$archive.partial" ]; then
    mv -- "$archive.partial" "$archive"
  else
    rm -f -- "$archive.partial"
    : >"$archive.failed"
  fi
  rm -rf -- "$scratch"
}

# jvm_flags LOAD: flags of the driver's JVM; those of the collector are left out where the caller chooses one.
jvm_flags() {
  local flags archive settings=$LAKE_HOME/conf/log4j2.properties
  flags="-Duser.timezone=UTC"
  [[ ${CALLER[spark.driver.extraJavaOptions]:-} == *GC* ]] || flags+=" $(load_flags "$1")"
  if [[ ${CALLER[spark.driver.extraJavaOptions]:-} != *log4j* ]] && ! ls "${SPARK_CONF_DIR:-/nowhere}"/log4j2.* >/dev/null 2>&1; then
    flags+=" -Dlog4j2.configurationFile=$(file_uri "$settings")"
  fi
  archive=$(class_archive)
  if [ -s "$archive" ]; then
    flags+=" \"-XX:SharedArchiveFile=$archive\" -Xlog:disable -Xlog:all=error:stderr"
  fi
  printf '%s' "$flags"
}

is_local_master() { [[ $1 == local || $1 == local\[* ]]; }

# ship_sources: executors elsewhere get lake/ and conf/ as an archive that is unpacked beside them.
ship_sources() {
  local archive
  archive=$(file_uri "$1")#halles
  OURS+=(--archives "${CALLER[spark.archives]:+${CALLER[spark.archives]},}$archive")
  OURS+=(--conf "spark.executorEnv.PYTHONPATH=halles${CALLER[spark.executorEnv.PYTHONPATH]:+:${CALLER[spark.executorEnv.PYTHONPATH]}}")
  if [ "${CALLER[spark.submit.deployMode]:-client}" = cluster ]; then
    default_conf spark.yarn.appMasterEnv.PYTHONPATH halles
  fi
}

# resolve_options LOAD: fills OURS. Needs JAVA_HOME, SPARK_HOME, VENV and JARS; the caller's options are noted before.
resolve_options() {
  local load=$1 master memory=${LAKE_DRIVER_MEMORY:-2g}
  note_properties_files
  master=${CALLER[spark.master]:-${MASTER:-}}
  if [ -z "$master" ] && [ -z "${CALLER[spark.remote]:-}${SPARK_REMOTE:-}" ]; then
    master='local[*]'
    OURS+=(--master "$master")
  fi
  [ "$load" = short ] || memory=${LAKE_DRIVER_MEMORY:-$(heavy_memory)}
  default_conf spark.driver.memory "$memory"
  default_conf spark.driver.defaultJavaOptions "$(jvm_flags "$load")"
  if [ "${CALLER[spark.submit.deployMode]:-client}" = client ]; then
    default_conf spark.driver.defaultExtraClassPath "$(our_jars :)${HIVE_CONF_DIR:+:$HIVE_CONF_DIR}"
  fi
  if is_local_master "$master" || [[ $master == spark://127.0.0.1:* ]]; then
    default_conf spark.driver.host 127.0.0.1
    default_conf spark.driver.bindAddress 127.0.0.1
    export SPARK_LOCAL_IP=${SPARK_LOCAL_IP:-127.0.0.1}
  fi
  if ! is_local_master "$master"; then
    OURS+=(--jars "${CALLER[spark.jars]:+${CALLER[spark.jars]},}$(our_jars ,)")
    default_conf spark.executor.defaultJavaOptions "-Duser.timezone=UTC $(load_flags "$load")"
    ship_sources "$SETUP_STATE/halles.zip"
  fi
}

# submit_arguments LOAD: the same options for a JVM that pyspark starts itself (tests, the lake command, notebooks).
submit_arguments() {
  CALLER=() OURS=()
  resolve_options "$1"
  default_conf spark.ui.showConsoleProgress false # which Spark would turn on here, as in its shells
  printf '%q ' "${OURS[@]}"
  printf 'pyspark-shell'
}
