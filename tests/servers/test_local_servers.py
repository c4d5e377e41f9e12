"""scripts/servers.sh and scripts/beeline.sh with real servers, in a root with a blank in its name."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyhive import hive

from lake.io.locks import process_start

PROJECT = Path(__file__).resolve().parents[2]


def run(script: str, *arguments: str, root: Path, given: str | None = None) -> subprocess.CompletedProcess[str]:
    """One of the scripts over that root; JAVA_HOME, the virtual environment and jars as they are here."""
    environment = {**os.environ, "LAKE_ROOT": str(root), "LAKE_VENV": os.environ.get("LAKE_VENV", sys.prefix)}
    for name in ("PYSPARK_SUBMIT_ARGS", "PYTHONPATH"):
        environment.pop(name, None)
    command = [str(PROJECT / "scripts" / script), *arguments]
    return subprocess.run(command, env=environment, input=given, capture_output=True, text=True, timeout=1800)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A root whose servers are all ended afterwards."""
    folder = tmp_path_factory.mktemp("servers") / "a root"
    folder.mkdir()
    yield folder
    run("servers.sh", "stop", root=folder)


@pytest.fixture(scope="module")
def thrift(root: Path) -> str:
    """The address of a Thrift Server that serves two releases of a shop, the second one live."""
    started = run("servers.sh", "start", "thrift", "--port", "0", "--load", "short", root=root)
    assert started.returncode == 0, started.stderr
    address = started.stdout.strip()
    cursor = hive.connect("127.0.0.1", port=int(address.rpartition(":")[2])).cursor()
    for release in (1, 2):
        cursor.execute(f"create database gift_r00000{release}")
        cursor.execute(f"create view gift_r00000{release}.sales as select {release} as number")
    cursor.execute("create database gift")
    live = "select 'gift_r000001' as release_database, false as is_live union all select 'gift_r000002', true"
    cursor.execute(f"create view gift.releases as {live}")
    return address


def record(root: Path, name: str) -> dict[str, tuple[int, str]]:
    """Pid and start time of each process of a server, as written down."""
    found: dict[str, tuple[int, str]] = json.loads((root / ".servers" / name / "server.json").read_text())["processes"]
    return found


def test_a_running_server_is_not_started_twice_and_its_status_names_its_address(root: Path, thrift: str) -> None:
    before = record(root, "thrift")
    assert run("servers.sh", "start", "thrift", root=root).stdout.strip() == thrift
    status = run("servers.sh", "status", "thrift", root=root)
    assert status.returncode == 0 and thrift in status.stdout and record(root, "thrift") == before


def test_the_thrift_server_holds_the_metastore_lock_and_names_its_endpoint_in_it(root: Path, thrift: str) -> None:
    lock = root / ".metastore" / "metastore.lock"
    taken = subprocess.run(["flock", "--nonblock", str(lock), "true"])
    owner = json.loads(lock.read_text())
    assert taken.returncode == 1
    assert owner["endpoint"] == thrift and owner["jvm_pid"] == record(root, "thrift")["thrift"][0]


def test_beeline_asks_the_live_release(root: Path, thrift: str) -> None:
    asked = run("beeline.sh", "--shop", "gift", "--outputformat=csv2", "-e", "select number from sales", root=root)
    assert (asked.returncode, asked.stdout, asked.stderr) == (0, "number\n2\n", "")
    only_shop = run("beeline.sh", "--outputformat=csv2", root=root, given="select number from sales;\n")
    assert only_shop.returncode == 0 and only_shop.stdout.split() == ["number", "2"]


def test_beeline_keeps_its_exit_code_and_leaves_the_java_stack_out(root: Path, thrift: str) -> None:
    asked = run("beeline.sh", "--shop", "gift", "-e", "select nothing from sales", root=root)
    assert asked.returncode in (1, 2) and "nothing" in asked.stderr
    assert "\tat " not in asked.stderr


def test_beeline_without_a_release_or_a_server_says_what_to_do(root: Path, thrift: str) -> None:
    unknown = run("beeline.sh", "--shop", "nobody", root=root)
    assert unknown.returncode == 3 and "jobs/run_pipeline.py" in unknown.stderr
    nobody = run("beeline.sh", "--endpoint", "hive2://127.0.0.1:9", "--shop", "gift", root=root)
    assert nobody.returncode == 3 and nobody.stderr.count("\n") == 1
    assert "scripts/servers.sh start thrift" in nobody.stderr


def test_a_second_thrift_server_over_the_same_metastore_is_refused_with_exit_6(root: Path, thrift: str) -> None:
    written_down = root / ".servers" / "thrift" / "server.json"
    text = written_down.read_text()
    written_down.unlink()  # as if another machine's user had started it
    try:
        second = run("servers.sh", "start", "thrift", "--port", "0", root=root)
    finally:
        written_down.write_text(text)
    assert second.returncode == 6 and thrift.removeprefix("hive2://") in second.stderr


def test_a_taken_port_is_told_before_anything_starts(root: Path, thrift: str, tmp_path: Path) -> None:
    port = thrift.rpartition(":")[2]
    other = run("servers.sh", "start", "thrift", "--port", port, root=tmp_path)
    assert other.returncode == 3 and f"port {port}" in other.stderr and "--port" in other.stderr


def test_stop_ends_only_what_was_written_down(root: Path) -> None:
    bystander = subprocess.Popen(["sleep", "60"])
    folder = root / ".servers" / "standalone"
    folder.mkdir(parents=True)
    stale = {"name": "standalone", "address": "x", "processes": {"master": [bystander.pid, "1"]}}
    (folder / "server.json").write_text(json.dumps(stale))
    assert run("servers.sh", "status", "standalone", root=root).returncode == 3
    assert run("servers.sh", "stop", "standalone", root=root).returncode == 0
    assert bystander.poll() is None
    bystander.send_signal(signal.SIGKILL)
    bystander.wait()


def test_hdfs_keeps_its_files_over_a_restart(root: Path) -> None:
    def start() -> str:
        started = run("servers.sh", "start", "hdfs", "--port", "0", root=root)
        assert started.returncode == 0, started.stderr
        port = int(started.stdout.strip().rpartition(":")[2])
        return f"http://127.0.0.1:{port + 1}/webhdfs/v1/kept?user.name={os.environ.get('USER', 'root')}&op="

    def ask(url: str, method: str) -> str:
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(urllib.request.Request(url, method=method), timeout=30) as answer:
            return str(answer.read().decode())

    assert ask(start() + "MKDIRS", "PUT") == '{"boolean":true}'
    processes = record(root, "hdfs")
    assert run("servers.sh", "stop", "hdfs", root=root).returncode == 0
    assert [process_start(pid) for pid, _ in processes.values()] == [None, None]
    assert '"DIRECTORY"' in ask(start() + "GETFILESTATUS", "GET")
    run("servers.sh", "stop", "hdfs", "--purge", root=root)


def test_executors_of_a_standalone_cluster_find_the_package_and_its_configuration(root: Path) -> None:
    started = run("servers.sh", "start", "standalone", "--port", "0", root=root)
    assert started.returncode == 0, started.stderr
    job = ["--master", started.stdout.strip(), "--conf", "spark.ui.enabled=false", "tests/data/jobs/count_rows.py"]
    ended = run("spark_submit.sh", *job, root=root)
    assert ended.returncode == 0, ended.stderr
    answer = json.loads(ended.stdout)
    assert answer["rows"] == 1000
    assert all("/work/app-" in place and place.endswith("/halles True") for place in answer["executors"])
