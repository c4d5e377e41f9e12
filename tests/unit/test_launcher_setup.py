"""Set-up on first use: what is made once, what heals, and the one line for what cannot be mended."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

import pytest

from scripts.pack_sources import pack
from tests.unit.launcher import PROJECT, PYTHON, clean_environment, run_script, source, write_program


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """An environment with a Python that makes pretended virtual environments, and no network to need."""
    python = write_program(tmp_path / "python", PYTHON)
    (tmp_path / "calls").write_text("")
    return {
        "LAKE_PYTHON": str(python),
        "LAKE_VENV": str(tmp_path / "a venv"),
        "LAKE_JARS": os.environ.get("LAKE_JARS", str(PROJECT / "jars")),
        "CALLS": str(tmp_path / "calls"),
    }


def calls(machine: dict[str, str]) -> list[str]:
    """What the pretended Python was asked to do, in order."""
    return Path(machine["CALLS"]).read_text().splitlines()


def refused(ended: subprocess.CompletedProcess[str]) -> str:
    """The one line of a refusal."""
    assert ended.returncode == 3, ended.stderr
    return ended.stderr.strip().splitlines()[-1]


def test_a_virtual_environment_is_made_once_and_not_touched_again(machine: dict[str, str]) -> None:
    assert run_script("setup.sh", **machine).returncode == 0
    assert calls(machine) == ["venv", "pip begins", "pip ends"]
    again = run_script("setup.sh", **machine)
    assert again.returncode == 0 and "making" not in again.stderr and len(calls(machine)) == 3


def test_a_set_up_that_was_killed_is_made_anew(machine: dict[str, str]) -> None:
    assert run_script("setup.sh", **machine, KILL_PIP="1").returncode != 0
    left_over = Path(machine["LAKE_VENV"]) / "half a package"
    left_over.touch()
    assert run_script("setup.sh", **machine).returncode == 0
    assert calls(machine)[-3:] == ["venv", "pip begins", "pip ends"] and not left_over.exists()


def test_a_folder_that_holds_other_things_is_not_made_a_virtual_environment(machine: dict[str, str]) -> None:
    home = Path(machine["LAKE_VENV"])
    home.mkdir()
    (home / "a letter").write_text("kept")
    line = refused(run_script("setup.sh", **machine))
    assert f"{home} holds other things" in line and "set LAKE_VENV to a new folder" in line
    assert (home / "a letter").read_text() == "kept" and calls(machine) == []
    (home / "a letter").unlink()
    assert run_script("setup.sh", **machine).returncode == 0, "an empty folder will do"


def test_what_venv_alone_has_made_is_made_anew(machine: dict[str, str]) -> None:
    half = Path(machine["LAKE_VENV"])
    half.mkdir()
    (half / "pyvenv.cfg").touch()
    assert run_script("setup.sh", **machine).returncode == 0
    assert calls(machine)[0] == "venv" and not (half / "pyvenv.cfg").exists()


def test_another_lock_brings_the_virtual_environment_up_to_it(machine: dict[str, str]) -> None:
    run_script("setup.sh", **machine)
    (Path(machine["LAKE_VENV"]) / ".lock-hash").write_text("of an earlier lock\n")
    assert "requirements.lock has changed" in run_script("setup.sh", **machine).stderr
    assert calls(machine)[3:] == ["pip begins", "pip ends"]


def test_an_update_that_was_killed_is_made_anew(machine: dict[str, str]) -> None:
    run_script("setup.sh", **machine)
    (Path(machine["LAKE_VENV"]) / ".lock-hash").write_text("of an earlier lock\n")
    run_script("setup.sh", **machine, KILL_PIP="1")
    assert run_script("setup.sh", **machine).returncode == 0
    assert calls(machine)[-3:] == ["venv", "pip begins", "pip ends"]


def test_of_two_set_ups_at_once_one_works_and_one_waits(machine: dict[str, str]) -> None:
    environment = clean_environment(**machine, PIP_SECONDS="0.3")
    script = str(PROJECT / "scripts" / "setup.sh")
    both = [subprocess.Popen([script], env=environment, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    told = [process.communicate()[1] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert calls(machine) == ["venv", "pip begins", "pip ends"]
    assert sum("waiting for it" in text for text in told) == 1


def test_a_jar_with_other_bytes_is_refused_by_name(machine: dict[str, str], tmp_path: Path) -> None:
    jars = tmp_path / "jars"
    shutil.copytree(machine["LAKE_JARS"], jars)
    bad = sorted(jars.glob("delta-storage-*.jar"))[0]
    bad.write_bytes(bad.read_bytes() + b"x")
    line = refused(run_script("setup.sh", **{**machine, "LAKE_JARS": str(jars)}))
    assert str(bad) in line and "remove it and start again" in line


def test_a_jar_that_cannot_be_fetched_is_one_line_with_what_to_do(machine: dict[str, str], tmp_path: Path) -> None:
    script = "fetch_jar() { return 1; }\nset_up"
    line = refused(source(script, **{**machine, "LAKE_JARS": str(tmp_path / "none")}))
    assert "could not fetch io.delta:delta-spark" in line and "check the network" in line


def test_a_full_disk_is_told_before_anything_is_made(machine: dict[str, str], tmp_path: Path) -> None:
    write_program(tmp_path / "bin" / "df", "#!/bin/sh\necho head; echo disk 9 9 12 99% /\n")
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    line = refused(run_script("setup.sh", **machine, PATH=path))
    assert "has 12 MB free" in line and "free some space" in line and calls(machine) == []


def test_a_disk_that_fills_up_under_pip_is_told_as_such(machine: dict[str, str], tmp_path: Path) -> None:
    text = PYTHON.replace('sleep "${PIP_SECONDS:-0}"', 'echo "OSError: [Errno 28] No space left on device"; exit 1')
    python = write_program(tmp_path / "full", text)
    line = refused(run_script("setup.sh", **{**machine, "LAKE_PYTHON": str(python)}))
    assert "the disk is full" in line


def test_a_folder_without_the_right_to_write_is_named() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o555)
        nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.getuid() == 0 else []
        script = 'need_room "$LAKE_VENV" 1 "the virtual environment"'
        line = refused(source(script, run_as=nobody, LAKE_VENV=f"{folder}/new/venv"))
    assert f"no right to write the virtual environment in {folder}" in line


def test_a_wrong_java_home_is_told_with_what_to_do(tmp_path: Path) -> None:
    line = refused(source("ensure_java", JAVA_HOME=str(tmp_path)))
    assert "bin/java is not there" in line and "unset it" in line
    write_program(tmp_path / "bin" / "java", "#!/bin/sh\necho 'openjdk version \"1.8.0_402\"' >&2\n")
    assert "JAVA_HOME is Java 8, Spark needs 17" in refused(source("ensure_java", JAVA_HOME=str(tmp_path)))
    (tmp_path / "release").write_text('IMPLEMENTOR="x"\nJAVA_VERSION="21.0.2"\n')
    assert source("ensure_java", JAVA_HOME=str(tmp_path)).returncode == 0


def test_a_missing_java_is_installed_said_first_unless_that_is_forbidden(tmp_path: Path) -> None:
    apt = f'#!/bin/sh\necho "$@" >> {tmp_path}/apt\n'
    for name in ("apt-get", "apt-cache"):
        write_program(tmp_path / "bin" / name, apt)
    write_program(tmp_path / "bin" / "sudo", '#!/bin/sh\n[ "$1" = -n ] && shift\nexec "$@"\n')
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    script = f"find_java() {{ [ -e {tmp_path}/apt ]; }}\nSETUP_STATE={tmp_path} SETUP_LOG={tmp_path}/log\n"
    script += "unset JAVA_HOME\nensure_java"
    forbidden = refused(source(script, PATH=path, LAKE_NO_SYSTEM_INSTALL="1"))
    assert "forbids to install it" in forbidden and "apt-get install openjdk-17" in forbidden
    installed = source(script, PATH=path)
    assert installed.returncode == 0 and "installing it with apt-get" in installed.stderr
    assert "openjdk-17-jre-headless" in (tmp_path / "apt").read_text()


def test_the_archive_for_executors_has_equal_bytes_for_equal_sources(tmp_path: Path) -> None:
    for folder in ("lake/__pycache__", "conf"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("lake/a.py", "lake/__pycache__/a.pyc", "conf/lake.yaml"):
        (tmp_path / name).write_text(name)
    pack(tmp_path, tmp_path / "first.zip")
    os.utime(tmp_path / "lake/a.py", (1, 1))
    pack(tmp_path, tmp_path / "second.zip")
    assert (tmp_path / "first.zip").read_bytes() == (tmp_path / "second.zip").read_bytes()
    assert zipfile.ZipFile(tmp_path / "first.zip").namelist() == ["conf/lake.yaml", "lake/a.py"]
