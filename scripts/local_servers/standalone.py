"""A Spark standalone cluster: one master and two workers with one core each."""

from __future__ import annotations

import os

from local_servers.processes import Place, Server, choose_ports
from local_servers.web import read_json

WORKERS = 2


def start(place: Place, port: int) -> Server:
    """Start master and workers and wait until the master counts two living workers."""
    port = choose_ports(port, 2 + 2 * WORKERS)
    master = f"spark://127.0.0.1:{port}"
    started = {
        "master": place.launch(
            "master", _command("master.Master", "--port", port, "--webui-port", port + 1), _environment(place)
        )
    }
    for number in range(1, WORKERS + 1):
        ports = ("--port", port + 2 * number, "--webui-port", port + 2 * number + 1)
        command = _command("worker.Worker", *ports, "--cores", 1, "--memory", "1g", master)
        started[f"worker{number}"] = place.launch(f"worker{number}", command, _environment(place))
    server = place.record(master, started)
    place.await_answer(server, lambda: living_workers(port + 1) == WORKERS)
    return server


def living_workers(web_port: int) -> int:
    """How many workers the master counts as alive; 0 while it does not answer."""
    state = read_json(f"http://127.0.0.1:{web_port}/json/")
    return sum(worker["state"] == "ALIVE" for worker in (state or {}).get("workers", []))


def _command(what: str, *arguments: object) -> list[str]:
    words = [f"{os.environ['SPARK_HOME']}/bin/spark-class", f"org.apache.spark.deploy.{what}", "--host", "127.0.0.1"]
    return [*words, *(str(argument) for argument in arguments)]


def _environment(place: Place) -> dict[str, str]:
    return {
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_NO_DAEMONIZE": "1",
        "SPARK_DAEMON_MEMORY": "192m",
        "SPARK_DAEMON_JAVA_OPTS": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dspark.master.rest.enabled=false",
        "SPARK_WORKER_DIR": str(place.folder / "work"),
        "SPARK_LOCAL_DIRS": str(place.folder / "tmp"),
    }
