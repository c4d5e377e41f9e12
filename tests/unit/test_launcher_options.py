"""What scripts/spark_submit.sh makes of a command line: the caller's part untouched, ours beside it."""

from __future__ import annotations

import os
import resource
import subprocess
from pathlib import Path

import pytest

from tests.unit.launcher import PROJECT, clean_environment, run_script, source, submit, write_program

JOB = "tests/data/jobs/count_rows.py"


@pytest.fixture
def spark(tmp_path: Path) -> Path:
    """A folder with a blank in its name, to become a SPARK_HOME."""
    return tmp_path / "a spark"


def test_every_option_and_argument_of_the_caller_is_passed_on_in_its_order(spark: Path) -> None:
    given = ["--queue", "nightly", "--conf", "spark.x=a b", "-c", "spark.y=1", "--supervise", "--name=two words"]
    called = submit(spark, *given, JOB, "--shop", "a shop", "--conf", "not=spark", "", "*")
    assert called.code == 0
    assert called.arguments[: len(given)] == given
    assert called.arguments[called.arguments.index(JOB) + 1 :] == ["--shop", "a shop", "--conf", "not=spark", "", "*"]


def test_a_job_is_local_unless_the_caller_names_a_master(spark: Path, tmp_path: Path) -> None:
    assert submit(spark, JOB).option("--master") == ["local[*]"]
    assert submit(spark, "--master", "yarn", JOB).option("--master") == ["yarn"]
    assert submit(spark, "--conf", "spark.master=yarn", JOB).option("--master") == []
    assert submit(spark, JOB, MASTER="yarn").option("--master") == []
    (tmp_path / "spark-defaults.conf").write_text("# a comment\nspark.master  yarn\nspark.driver.memory=7g\n")
    called = submit(spark, JOB, SPARK_CONF_DIR=str(tmp_path))
    assert called.option("--master") == [] and called.conf("spark.driver.memory") == []


def test_every_folder_of_a_list_for_temporary_files_is_asked_for_room(spark: Path, tmp_path: Path) -> None:
    folders = [tmp_path / "disk one", tmp_path / "disk two"]
    assert submit(spark, JOB, SPARK_LOCAL_DIRS=",".join(map(str, folders))).code == 0
    folders[1].write_text("in the way")
    called = submit(spark, JOB, SPARK_LOCAL_DIRS=",".join(map(str, folders)))
    assert called.code == 3 and f"{folders[1]} is a file, but Spark's temporary files needs a folder" in called.errors


def test_a_local_job_listens_only_on_this_machine(spark: Path) -> None:
    called = submit(spark, JOB)
    assert called.conf("spark.driver.host") == called.conf("spark.driver.bindAddress") == ["127.0.0.1"]
    assert called.environment and called.environment["SPARK_LOCAL_IP"] == "127.0.0.1"
    assert submit(spark, "--master", "yarn", JOB).conf("spark.driver.host") == []


def test_the_load_chooses_compiler_and_collector_before_java_starts(spark: Path) -> None:
    def flags(*arguments: str, **environment: str) -> str:
        return submit(spark, JOB, *arguments, **environment).conf("spark.driver.defaultJavaOptions")[-1]

    assert "-XX:+UseSerialGC -XX:TieredStopAtLevel=1" in flags()
    assert "-XX:+UseParallelGC" in flags("--load", "heavy") and "Tiered" not in flags("--load=heavy")
    assert "-XX:+UseParallelGC" in flags(LAKE_LOAD="heavy") and "Serial" in flags("--load", "short", LAKE_LOAD="heavy")
    refused = submit(spark, JOB, "--load", "huge")
    assert refused.code == 2 and "'huge': short or heavy" in refused.errors and not refused.arguments


def test_a_heavy_load_takes_more_memory_unless_the_caller_says_how_much(spark: Path) -> None:
    (short,) = submit(spark, JOB).conf("spark.driver.memory")
    (heavy,) = submit(spark, JOB, "--load", "heavy").conf("spark.driver.memory")
    assert int(short[:-1]) < int(heavy[:-1]) <= 8 and short[-1] == heavy[-1] == "g"
    given = submit(spark, JOB, "--load", "heavy", LAKE_DRIVER_MEMORY="3g")
    assert given.conf("spark.driver.memory") == ["3g"]


@pytest.mark.parametrize(
    ("machine", "container", "taken"),
    [(48, "max", "8g"), (18, "max", "6g"), (6, "max", "4g"), (24, 15 << 30, "5g"), (18, 48 << 30, "6g")],
)
def test_a_heavy_load_takes_a_third_of_what_the_machine_and_the_container_have(
    machine: int, container: str | int, taken: str
) -> None:
    told = source(f"awk() {{ echo {machine << 20}; }}\ncat() {{ echo {container}; }}\nheavy_memory")
    assert told.stdout == taken


def test_a_collector_of_the_caller_is_not_contradicted(spark: Path) -> None:
    called = submit(spark, "--driver-java-options", "-XX:+UseG1GC", JOB)
    assert called.option("--driver-java-options") == ["-XX:+UseG1GC"]
    assert "GC" not in called.conf("spark.driver.defaultJavaOptions")[-1]


def test_jars_and_archives_of_the_caller_are_joined_with_ours_on_a_cluster(spark: Path) -> None:
    given = ["--master", "spark://elsewhere:7077", "--jars", "mine.jar", "--archives", "mine.zip"]
    called = submit(spark, *given, JOB)
    jars, archives = called.option("--jars")[-1].split(","), called.option("--archives")[-1].split(",")
    assert jars[0] == "mine.jar" and [Path(jar).name[:5] for jar in jars[1:]] == ["delta", "delta", "maria", "postg"]
    assert archives[0] == "mine.zip" and archives[1].endswith("halles.zip#halles")
    assert called.conf("spark.executorEnv.PYTHONPATH") == ["halles"]


def test_hive_configuration_and_python_of_the_caller_are_respected(spark: Path) -> None:
    called = submit(spark, JOB, HIVE_CONF_DIR="/etc/hive conf", PYSPARK_PYTHON="./env/bin/python")
    assert called.conf("spark.driver.defaultExtraClassPath")[-1].endswith(":/etc/hive conf")
    assert called.environment and called.environment["PYSPARK_PYTHON"] == "./env/bin/python"


def test_a_job_is_found_from_any_folder(spark: Path, tmp_path: Path) -> None:
    called = submit(spark, JOB, cwd=tmp_path)
    assert called.code == 0 and str(PROJECT / JOB) in called.arguments and called.cwd == str(tmp_path)
    missing = submit(spark, "jobs/nothing.py", cwd=tmp_path)
    assert missing.code == 2 and "no job jobs/nothing.py" in missing.errors


def test_a_c_locale_becomes_utf8_and_another_utf8_locale_stays(spark: Path, tmp_path: Path) -> None:
    becomes = submit(spark, JOB, LANG="C").environment
    assert becomes and becomes["LC_ALL"] == "C.UTF-8"
    write_program(tmp_path / "bin" / "locale", "#!/bin/sh\necho UTF-8\n")  # where French is installed
    stays = submit(spark, JOB, LANG="fr_FR.UTF-8", PATH=f"{tmp_path / 'bin'}:{os.environ['PATH']}").environment
    assert stays and "LC_ALL" not in stays


def test_a_locale_that_is_not_installed_becomes_utf8_whatever_its_name_says(spark: Path) -> None:
    becomes = submit(spark, JOB, LANG="xx_YY.UTF-8").environment
    assert becomes and becomes["LC_ALL"] == "C.UTF-8"


def test_print_shows_the_command_and_starts_nothing(spark: Path) -> None:
    printed = run_script("spark_submit.sh", "--print", "--conf", "a=b c", JOB, "--shop", "x", LAKE_VENV="/nowhere")
    assert printed.returncode == 0 and printed.stdout.count("\n") == 1
    assert "/nowhere/" in printed.stdout and "a=b\\ c" in printed.stdout and printed.stdout.endswith("--shop x\n")


def test_wrong_use_is_one_line_and_exit_2() -> None:
    for arguments, told in ([], "no JOB"), (["--master"], "--master needs a value"):
        ended = run_script("spark_submit.sh", *arguments)
        assert ended.returncode == 2 and told in ended.stderr and ended.stderr.count("\n") == 1


def test_one_file_for_output_and_errors_loses_neither(spark: Path, tmp_path: Path) -> None:
    write_program(spark / "bin/spark-submit", "#!/bin/bash\necho told >&2\necho result\n")
    called = f"'{PROJECT}/scripts/spark_submit.sh' {JOB} > log 2>&1"
    subprocess.run(["bash", "-c", called], cwd=tmp_path, env=clean_environment(SPARK_HOME=str(spark)), check=True)
    assert (tmp_path / "log").read_text().splitlines() == ["told", "result"]


def test_a_second_start_adds_less_than_a_second(spark: Path) -> None:
    submit(spark, "--master", "spark://elsewhere:7077", JOB)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert submit(spark, "--master", "spark://elsewhere:7077", JOB).code == 0
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert used < 1.0  # seconds of CPU: on an idle machine the time that passes is about the same
