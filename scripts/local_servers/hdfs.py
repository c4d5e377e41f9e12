"""HDFS on this machine: one NameNode, one DataNode, from jars that mvn puts into .servers/hdfs on first use."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import escape

from lake.errors import EnvironmentError_
from local_servers.processes import Place, Server, choose_ports
from local_servers.web import read_json

POM = Path(__file__).with_name("hdfs.pom.xml")
WEB_APPLICATIONS = ("hdfs", "datanode", "secondary", "static")
NAME_NODE = "org.apache.hadoop.hdfs.server.namenode.NameNode"
DATA_NODE = "org.apache.hadoop.hdfs.server.datanode.DataNode"
LOGGING = """log4j.rootLogger=WARN, console
log4j.appender.console=org.apache.log4j.ConsoleAppender
log4j.appender.console.layout=org.apache.log4j.PatternLayout
log4j.appender.console.layout.ConversionPattern=%d{HH:mm:ss} %p %c{1}: %m%n
"""
PORTS = 5  # NameNode RPC and web, DataNode data, web and RPC


def start(place: Place, jars: Path, port: int) -> Server:
    """Start both daemons and wait until the NameNode counts one living DataNode; formats a new folder first."""
    fetch_jars(jars)
    port = choose_ports(port, PORTS)
    write_configuration(place.folder, port)
    if not (place.folder / "names" / "current").exists():
        _format(place, jars)
    started = {
        "namenode": place.launch("namenode", _command(jars, NAME_NODE), {}),
        "datanode": place.launch("datanode", _command(jars, DATA_NODE), {}),
    }
    server = place.record(f"hdfs://127.0.0.1:{port}", started)
    place.await_answer(server, lambda: living_data_nodes(port + 1) == 1)
    return server


def living_data_nodes(web_port: int) -> int:
    """How many DataNodes the NameNode counts as alive once it has left safe mode; 0 before."""
    query = "Hadoop:service=NameNode,name=FSNamesystemState"
    beans = (read_json(f"http://127.0.0.1:{web_port}/jmx?qry={query}") or {}).get("beans") or [{}]
    return int(beans[0].get("NumLiveDataNodes", 0)) if beans[0].get("FSState") == "Operational" else 0


def fetch_jars(jars: Path) -> None:
    """The jars of hdfs.pom.xml, by mvn; nothing when they are there. The folder appears only when it is whole."""
    jars.parent.mkdir(parents=True, exist_ok=True)
    with (jars.parent / f"{jars.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (jars / POM.name).exists() and (jars / POM.name).read_bytes() == POM.read_bytes():
            return
        if shutil.which("mvn") is None:
            raise EnvironmentError_("HDFS needs mvn to fetch its jars: install it (apt-get install maven)")
        partial = jars.with_name(f"{jars.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        log = jars.with_name(f"{jars.name}.log")
        command = ["mvn", "-B", "-ntp", "-q", "-f", str(POM), "dependency:copy-dependencies",
                   "-DincludeScope=runtime", f"-DoutputDirectory={partial}"]  # fmt: skip
        with log.open("wb") as written:
            ended = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=written, stderr=subprocess.STDOUT)
        if ended.returncode != 0:
            raise EnvironmentError_(f"mvn could not fetch the jars of HDFS: check the network; log in {log}")
        shutil.copy(POM, partial)
        shutil.rmtree(jars, ignore_errors=True)
        partial.rename(jars)


def write_configuration(folder: Path, port: int) -> None:
    """The configuration, everything on 127.0.0.1, and the web folders that the jar lacks."""
    conf = folder / "conf"
    core = {
        "fs.defaultFS": f"hdfs://127.0.0.1:{port}",
        "hadoop.tmp.dir": str(folder / "tmp"),
        "hadoop.http.staticuser.user": os.environ.get("USER", "root"),
    }
    hdfs = {
        "dfs.replication": "1",
        "dfs.namenode.name.dir": f"file://{quote(str(folder / 'names'))}",
        "dfs.datanode.data.dir": str(folder / "blocks"),
        "dfs.namenode.rpc-address": f"127.0.0.1:{port}",
        "dfs.namenode.http-address": f"127.0.0.1:{port + 1}",
        "dfs.datanode.address": f"127.0.0.1:{port + 2}",
        "dfs.datanode.http.address": f"127.0.0.1:{port + 3}",
        "dfs.datanode.ipc.address": f"127.0.0.1:{port + 4}",
        "dfs.datanode.hostname": "127.0.0.1",
        "dfs.namenode.datanode.registration.ip-hostname-check": "false",
        "dfs.namenode.safemode.extension": "0",
        "dfs.datanode.du.reserved": "0",
        "dfs.client.block.write.replace-datanode-on-failure.policy": "NEVER",
    }
    for application in WEB_APPLICATIONS:
        web = conf / "webapps" / application / "WEB-INF" / "web.xml"
        web.parent.mkdir(parents=True, exist_ok=True)
        web.write_text("<web-app/>\n")
    (conf / "log4j.properties").write_text(LOGGING)
    for name, settings in (("core-site.xml", core), ("hdfs-site.xml", hdfs)):
        lines = [
            f"<property><name>{key}</name><value>{escape(value)}</value></property>" for key, value in settings.items()
        ]
        (conf / name).write_text("\n".join(["<configuration>", *lines, "</configuration>", ""]))


def _format(place: Place, jars: Path) -> None:
    shutil.rmtree(place.folder / "blocks", ignore_errors=True)  # blocks of another name space are refused
    process = place.launch("format", [*_command(jars, NAME_NODE), "-format", "-nonInteractive"], {})
    if process.wait() != 0:
        raise EnvironmentError_(f"HDFS could not format {place.folder}: look into {place.log('format')}")


def _command(jars: Path, server_class: str) -> list[str]:
    return [f"{os.environ['JAVA_HOME']}/bin/java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx256m",
            "-cp", f"conf:{jars}/*", server_class]  # fmt: skip
