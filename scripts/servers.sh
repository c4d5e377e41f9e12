#!/usr/bin/env bash
# Local servers for tests and for a laptop: start, stop and status; see usage.
set -uo pipefail
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/setup.sh"

usage() {
  cat <<'USAGE'
Usage: scripts/servers.sh start|stop|status [thrift|hdfs|standalone|postgres|mariadb] [options]

  thrift       Spark's Thrift Server (Beeline, PyHive, BI tools) over the metastore of a root
  hdfs         HDFS: one NameNode, one DataNode; its jars are fetched into .servers/ by mvn on first use
  standalone   a Spark cluster: one master, two workers with one core each
  postgres     PostgreSQL, and MariaDB: database and user `shop`, the password in <root>/.servers/NAME/password;
  mariadb      installed with apt-get where missing and allowed

  --root URI     the root whose tables are served, and whose folder keeps logs and process ids (default .lake; LAKE_ROOT)
  --port N       the server's port; 0 takes a free one (thrift 10000 or LAKE_THRIFT_PORT, hdfs 9820, standalone 7077,
                 postgres 5433, mariadb 3307;
                 hdfs and standalone also use the ports above it)
  --load short|heavy   thrift: compiler and collector of its JVM (default heavy)
  --purge        stop hdfs, postgres, mariadb: remove what it stored, too

start prints the address on stdout once the server answers, and does nothing when it runs. stop ends only the
processes that start wrote down. Exit codes: 0 done (status: runs), 3 it cannot be (status: does not run), 6 in use.
USAGE
}

case "${1:-}" in
  start | stop | status) ;;
  --help | -h) usage && exit 0 ;;
  *) usage >&2 && exit 2 ;;
esac
set_up
if [ "$1" = start ]; then
  case "${2:-}" in
    postgres) compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || install_packages PostgreSQL postgresql ;;
    mariadb) command -v mariadbd >/dev/null || install_packages MariaDB mariadb-server ;;
  esac
fi
LAKE_CLASS_PATH=$(our_jars :)
LAKE_SHORT_FLAGS=$(jvm_flags short)
LAKE_HEAVY_FLAGS=$(jvm_flags heavy)
export LAKE_CLASS_PATH LAKE_SHORT_FLAGS LAKE_HEAVY_FLAGS
export PYTHONPATH=$LAKE_HOME/scripts:$PYTHONPATH
exec "$VENV/bin/python" -m local_servers "$@"
