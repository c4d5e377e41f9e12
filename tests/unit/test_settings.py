"""Settings: which layer wins, where a value came from, and roots that Spark and Hadoop take literally."""

from __future__ import annotations

from pathlib import Path

import pytest

from lake.errors import ContractError
from lake.names import Zone
from lake.settings import load_settings

LAKE = """\
root: /data/lake
keep_releases: 3
roots: {raw: /cold}
session:
  spark.sql.shuffle.partitions: {short: 4, heavy: 64, why: small data}
  spark.sql.ansi.enabled: {value: true, why: casts that fail are seen}
  spark.sql.only.heavy: {heavy: 1, why: for loads}
"""
CLUSTER = """\
root: hdfs://name:8020/lake/
session:
  spark.sql.shuffle.partitions: {value: 200, why: a cluster}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project folder with a lake.yaml and one profile."""
    (tmp_path / "conf" / "profiles").mkdir(parents=True)
    (tmp_path / "conf" / "lake.yaml").write_text(LAKE)
    (tmp_path / "conf" / "profiles" / "cluster.yaml").write_text(CLUSTER)
    return tmp_path


@pytest.mark.parametrize(
    ("load", "records", "partitions"), [("short", 99, "2"), ("short", 100, "4"), ("heavy", 99, "64")]
)
def test_a_small_shop_has_settings_of_its_own_unless_the_load_is_heavy(
    project: Path, load: str, records: int, partitions: str
) -> None:
    text = LAKE.replace("{short: 4,", "{short: 4, small: 2,") + "small_below_records_per_table: 10\n"
    (project / "conf" / "lake.yaml").write_text(text)
    settings = load_settings(project, environment={}, load=load)
    assert settings.session_of(records, tables=10) == {"spark.sql.shuffle.partitions": partitions}
    assert settings.session["spark.sql.shuffle.partitions"] == ("64" if load == "heavy" else "4")


@pytest.mark.parametrize(
    ("profile", "environment", "root", "expected", "origin"),
    [
        (None, {}, None, "/data/lake", "conf/lake.yaml"),
        ("cluster", {}, None, "hdfs://name:8020/lake", "conf/profiles/cluster.yaml"),
        (None, {"LAKE_PROFILE": "cluster"}, None, "hdfs://name:8020/lake", "conf/profiles/cluster.yaml"),
        ("cluster", {"LAKE_ROOT": "/env"}, None, "/env", "environment LAKE_ROOT"),
        ("cluster", {"LAKE_ROOT": "/env"}, "/line", "/line", "command line"),
        (None, {"LAKE_ROOT": ""}, None, "/data/lake", "conf/lake.yaml"),
    ],
)
def test_command_line_beats_environment_beats_profile_beats_lake_yaml(
    project: Path,
    profile: str | None,
    environment: dict[str, str],
    root: str | None,
    expected: str,
    origin: str,
) -> None:
    settings = load_settings(project, profile, environment, root=root)
    assert (settings.root, settings.origin("root")) == (expected, origin)


def test_what_nobody_says_is_built_in(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, environment={})
    assert settings.root == str(tmp_path / ".lake")
    assert settings.origin("root") == "built-in"
    assert (settings.configuration.profile, settings.load, settings.database_prefix) == ("local", "short", "")


def test_a_zone_may_have_a_root_of_its_own(project: Path) -> None:
    settings = load_settings(project, environment={"LAKE_ROOTS_OPS": "s3a://bucket/ops/"})
    assert settings.zone_uri("demo", Zone.RAW) == "/cold/demo/raw"
    assert settings.zone_uri("demo", "curated") == "/data/lake/demo/curated"
    assert settings.zone_uri("demo", "ops") == "s3a://bucket/ops/demo/ops"
    assert settings.origin("roots.ops") == "environment LAKE_ROOTS_OPS"


@pytest.mark.parametrize(
    ("root", "expected"),
    [
        ("/tmp/a b/ü:x", "/tmp/a b/ü:x"),
        ("a:b/c", "{project}/a:b/c"),
        ("../lake/", "{parent}/lake"),
        ("file:///tmp/a%20b/", "file:/tmp/a b"),
        ("file:/tmp/x", "file:/tmp/x"),
        ("file://localhost/tmp/x", "file:/tmp/x"),
        ("hdfs://h:8020/lake/", "hdfs://h:8020/lake"),
        ("s3a://bucket/x", "s3a://bucket/x"),
    ],
)
def test_a_local_root_becomes_a_plain_absolute_path_and_uris_stay(project: Path, root: str, expected: str) -> None:
    settings = load_settings(project, environment={}, root=root)
    assert settings.root == expected.format(project=project, parent=project.parent)


def test_the_metastore_lies_on_the_local_disk_once_a_root(project: Path) -> None:
    def of(root: str) -> Path:
        return load_settings(project, environment={}, root=root).metastore_dir

    assert of("/tmp/x") == of("file:///tmp/x") == Path("/tmp/x/.metastore")
    assert of("hdfs://a/lake").is_relative_to(project / ".lake")
    assert of("hdfs://a/lake") == of("hdfs://a/lake/")
    assert len({of("hdfs://a/lake"), of("hdfs://b/lake"), of("hdfs://a_lake")}) == 3


def test_a_shops_writer_lock_lies_beside_its_zones(project: Path) -> None:
    def of(root: str) -> str:
        return load_settings(project, environment={}, root=root).writer_lock("demo")

    assert of("/tmp/x") == of("file:///tmp/x") == "/tmp/x/demo/writer.lock"
    assert of("hdfs://a/lake/") == "hdfs://a/lake/demo/writer.lock"


def test_session_settings_follow_the_load(project: Path) -> None:
    short = load_settings(project, environment={}).session
    heavy = load_settings(project, environment={"LAKE_LOAD": "heavy"}).session
    assert short == {"spark.sql.shuffle.partitions": "4", "spark.sql.ansi.enabled": "true"}
    assert heavy == {**short, "spark.sql.shuffle.partitions": "64", "spark.sql.only.heavy": "1"}


def test_a_profile_replaces_a_session_setting_whole(project: Path) -> None:
    session = load_settings(project, "cluster", environment={}, load="heavy").session
    assert session["spark.sql.shuffle.partitions"] == "200"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rot: x\n", "conf/lake.yaml: rot: .*known keys are root"),
        ("load: long\n", "conf/lake.yaml: load: "),
        ("roots: {row: /x}\n", "conf/lake.yaml: roots.row: "),
        ("session: {spark.x: {value: 1}}\n", "session.spark.x.*why"),
        ("keep_releases: 0\n", "conf/lake.yaml: keep_releases: "),
        ("root: [\n", "conf/lake.yaml: not valid YAML"),
        ("- root\n", "must be a map"),
    ],
)
def test_a_wrong_key_or_value_is_named_with_its_file(project: Path, text: str, words: str) -> None:
    (project / "conf" / "lake.yaml").write_text(text)
    with pytest.raises(ContractError, match=words):
        load_settings(project, environment={})


def test_an_unknown_profile_is_named_with_the_known_ones(project: Path) -> None:
    with pytest.raises(ContractError, match=r"conf/profiles/clustr.yaml: no such profile; known are cluster"):
        load_settings(project, "clustr", environment={})


def test_the_projects_own_settings_load_with_each_profile() -> None:
    project = Path(__file__).resolve().parents[2]
    for profile in ("local", "cluster"):
        settings = load_settings(project, profile, environment={})
        assert settings.session["spark.sql.session.timeZone"] == "UTC"
