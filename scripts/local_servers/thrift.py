"""Spark's Thrift Server over the embedded metastore of a root; it holds the metastore's lock while it lives."""

from __future__ import annotations

import fcntl
import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

from lake.errors import LockedError
from lake.io.locks import Owner, owner_of, process_start
from lake.settings import Settings
from local_servers.processes import Place, Server, choose_ports, is_free

SERVER_CLASS = "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2"


def start(place: Place, settings: Settings, port: int) -> Server:
    """Start it and wait until `select 1` is answered. LockedError when a run or another server has the metastore."""
    port = choose_ports(port, 1)
    address = f"hive2://127.0.0.1:{port}"
    with _locked_metastore(settings.metastore_lock) as lock:
        (settings.metastore_dir / "scratch").mkdir(exist_ok=True)
        process = place.launch("thrift", _command(settings, port), {"SPARK_LOCAL_IP": "127.0.0.1"}, [lock])
        owner = Owner.of_this_process(f"thrift server on 127.0.0.1:{port}", "")
        owner = replace(
            owner, pid=process.pid, jvm_pid=process.pid, jvm_start=process_start(process.pid), endpoint=address
        )
        os.ftruncate(lock, 0)
        os.pwrite(lock, json.dumps({**asdict(owner), "run_id": None}).encode(), 0)
    server = place.record(address, {"thrift": process})
    place.await_answer(server, lambda: answers(port))
    return server


def answers(port: int) -> bool:
    """Whether a statement is answered: the port opens before the server can."""
    from pyhive import hive

    if is_free(port):
        return False
    logging.getLogger("thrift").setLevel(logging.CRITICAL)
    try:
        connection = hive.connect("127.0.0.1", port=port)
    except Exception:  # the client raises its transport's own kinds while the server starts
        return False
    try:
        cursor = connection.cursor()
        cursor.execute("select 1")
        return bool(cursor.fetchall() == [(1,)])
    finally:
        connection.close()


@contextmanager
def _locked_metastore(path: Path) -> Iterator[int]:
    """The lock's open file, which the server inherits: it is free again when the server's process has ended."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o664)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = owner_of(path) or {}
            raise LockedError(
                f"the metastore {path.parent} is held by {owner.get('what', 'another process')}"
                f" (pid {owner.get('pid')}): wait until it is done, or stop it"
            ) from None
        yield descriptor
    finally:
        os.close(descriptor)


def _command(settings: Settings, port: int) -> list[str]:
    metastore = settings.metastore_dir
    flags = os.environ[f"LAKE_{settings.load.upper()}_FLAGS"]
    derby = f'"-Dderby.system.home={metastore}" "-Dderby.stream.error.file={metastore}/derby.log"'
    conf = {
        **settings.session,
        "spark.driver.memory": os.environ.get("LAKE_DRIVER_MEMORY", "2g"),
        "spark.driver.defaultJavaOptions": f"{flags} {derby}",
        "spark.driver.defaultExtraClassPath": os.environ["LAKE_CLASS_PATH"],
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.sql.catalogImplementation": "hive",
        "spark.sql.warehouse.dir": str(metastore / "warehouse"),
        "spark.hadoop.javax.jdo.option.ConnectionURL": f"jdbc:derby:;databaseName={metastore}/metastore_db;create=true",
    }
    options = [word for key, value in conf.items() for word in ("--conf", f"{key}={value}")]
    return [
        f"{os.environ['SPARK_HOME']}/bin/spark-submit", "--class", SERVER_CLASS, "--name", "halles thrift server",
        "--master", os.environ.get("MASTER", "local[*]"), *options, "spark-internal",
        "--hiveconf", f"hive.server2.thrift.port={port}", "--hiveconf", "hive.server2.thrift.bind.host=127.0.0.1",
        "--hiveconf", f"hive.exec.scratchdir={metastore}/scratch",
        "--hiveconf", f"hive.exec.local.scratchdir={metastore}/scratch",
        "--hiveconf", f"hive.server2.logging.operation.log.location={metastore}/scratch/logs",
    ]  # fmt: skip
