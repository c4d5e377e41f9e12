"""Raw is the same table whoever wrote it: Spark, or the reader by Arrow, in one task, in several, or fed by Spark."""

from __future__ import annotations

import hashlib
import importlib.util
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from delta.tables import DeltaTable
from pyspark.sql import SparkSession

from lake.contracts.source import SourceSpec
from lake.io import delta_files, raw, raw_parts, tables
from lake.io.raw import LandedFile
from lake.io.storage import StoredFile
from lake.names import Zone
from lake.pipelines.ingesting import raw_rows
from tests.e2e.shop_lab import ShopLab, differences, write_entity, written_shop
from tests.e2e.test_hostile import CORPUS, HOSTILE, entity_of, feed_of

FEEDS = ("comma", "keep", "lines")
ROWS = "order_id,line_no,sku,quantity,unit_price,ordered_at,note"
NEW = {"name": "colour", "type": "string", "required": False}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hostile files of some feeds."""
    folder = tmp_path_factory.mktemp("hostile files")
    found = importlib.util.spec_from_file_location("hostile_make", HOSTILE / "make.py")
    assert found is not None and found.loader is not None
    make = importlib.util.module_from_spec(found)
    found.loader.exec_module(make)
    make.make(folder)
    return folder


def shop_in(folder: Path, spark: SparkSession, more: list[dict[str, Any]]) -> ShopLab:
    feeds = [feed_of(name, CORPUS["feeds"][name]) for name in FEEDS]
    feeds[0]["columns"] = [*feeds[0]["columns"], *more]
    conf = written_shop(folder, feeds, marts=())
    for name in FEEDS:
        write_entity(conf, entity_of(name))
    return ShopLab(spark, folder, conf)


def facts(lab: ShopLab) -> dict[str, Any]:
    """What is known of each raw table and of each delivery, without when it came."""
    found: dict[str, Any] = {"events": []}
    for event in lab.run().ledger("deliveries"):
        names = ("feed", "name", "event", "delivery_id", "record_count", "reason", "record_number")
        found["events"].append(tuple(event[name] for name in names))
    for feed in FEEDS:
        uri = lab.run().uri(Zone.RAW, feed)
        detail = DeltaTable.forPath(lab.spark, uri).detail().first()
        assert detail is not None
        found[feed] = (tables.read(lab.spark, uri).schema.json(), detail["partitionColumns"], detail["properties"],
                       detail["minReaderVersion"], detail["minWriterVersion"])  # fmt: skip
    return found


def rows_of(lab: ShopLab, feed: str) -> list[dict[str, Any]]:
    rows = lab.rows(Zone.RAW, feed)
    assert {row["lake_arrived_at"].date() for row in rows} == {row["ingest_date"] for row in rows}
    return [{name: value for name, value in row.items() if name != "lake_arrived_at"} for row in rows]


def fill(lab: ShopLab, made: Path) -> None:
    """All files of the feeds, then a second run with a column that is new to the contract and to a file."""
    for path in sorted(path for feed in FEEDS for path in (made / feed).rglob("*") if path.is_file()):
        if path.stat().st_size > 50_000:
            continue  # what is refused for its size costs seconds, and each way the same
        lab.put(str(path.relative_to(made)), path.read_bytes())
    lab.ingest()
    shop_in(lab.folder, lab.spark, [NEW])
    lab.put("comma/coloured.csv", f"{ROWS},colour\no1,1,s,1,2.5,2024-01-05 10:00:00,,red\no2,1,s,1,2.5,,\"\",\n")
    lab.ingest()


def by_spark(patch: pytest.MonkeyPatch) -> None:
    for module in (raw_rows, raw):
        patch.setattr(module, "shares_disk", lambda _: False)


def in_several_tasks(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(raw_parts, "TOGETHER_BYTES", 10_000)
    patch.setattr(raw_parts, "TASK_BYTES", 10_000)


def fed_by_spark(patch: pytest.MonkeyPatch) -> None:
    """As from a landing on HDFS: Python cannot open the files."""
    for module in (raw_parts, raw):
        patch.setattr(module, "local_path", lambda _: "")


@pytest.fixture(scope="module")
def expected(spark: SparkSession, made: Path, tmp_path_factory: pytest.TempPathFactory) -> ShopLab:
    """What Spark's own writer makes of the files."""
    lab = shop_in(tmp_path_factory.mktemp("by Spark"), spark, [])
    with pytest.MonkeyPatch.context() as patch:
        by_spark(patch)
        fill(lab, made)
    return lab


@pytest.mark.parametrize("way", [None, in_several_tasks, fed_by_spark])
def test_rows_types_refusals_and_layout_are_those_of_sparks_own_writer(
    expected: ShopLab, made: Path, tmp_path: Path, spark: SparkSession, monkeypatch: pytest.MonkeyPatch, way: Any
) -> None:
    lab = shop_in(tmp_path, spark, [])
    if way:
        way(monkeypatch)
    fill(lab, made)
    assert facts(lab) == facts(expected)
    for feed in FEEDS:
        rows = rows_of(expected, feed)
        assert rows
        assert differences(rows_of(lab, feed), rows) == ""
    files = [*(tmp_path / "root/lab/raw/comma").glob("ingest_date=*/*.parquet")]
    assert (len(files) == 2) == (way is None), "a file a run where there is little to read"
    present = {name for feed in FEEDS for row in rows_of(lab, feed) for name, value in row.items() if value is not None}
    assert present >= {"lake_rescued", "lake_malformed", "lake_malformed_reason", "lake_record_text", "colour"}


def test_the_files_can_be_compacted_and_those_that_no_commit_names_are_vacuumed(
    expected: ShopLab, made: Path, tmp_path: Path, spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that dies between the files and the commit leaves rows that nobody sees, and the next run is whole."""
    lab = shop_in(tmp_path, spark, [])
    for path in sorted((made / "keep").iterdir()):
        lab.put(f"keep/{path.name}", path.read_bytes())
    folder = tmp_path / "root/lab/raw/keep"
    with monkeypatch.context() as patch:
        patch.setattr(delta_files, "writing", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            lab.ingest()
    (orphan,) = folder.glob("ingest_date=*/*.parquet")
    assert lab.rows(Zone.RAW, "keep") == []
    lab.ingest()
    lab.put("keep/more.csv", f"{ROWS}\no7,1,s,1,2.5,2024-01-05 10:00:00,\n")
    lab.ingest()
    before = rows_of(lab, "keep")
    table = DeltaTable.forPath(spark, str(folder))
    compacted = table.optimize().executeCompaction().select("metrics.numFilesRemoved").first()
    assert compacted is not None
    assert compacted[0] == 2
    spark.conf.set("spark.databricks.delta.retentionDurationCheck.enabled", "false")
    try:
        table.vacuum(0)
    finally:
        spark.conf.unset("spark.databricks.delta.retentionDurationCheck.enabled")
    assert not orphan.exists()
    assert len([*folder.glob("ingest_date=*/*.parquet")]) == 1
    assert differences(rows_of(lab, "keep"), before) == ""
    first = [row for row in before if row["lake_file_name"] != "keep/more.csv"]
    wanted = [row | {"lake_run_id": "run2"} for row in rows_of(expected, "keep")]
    assert differences([row | {"lake_run_id": "run2"} for row in first], wanted) == ""


def test_a_task_that_runs_twice_names_only_its_own_files_and_refused_sources_have_no_rows(tmp_path: Path) -> None:
    spec = SourceSpec.model_validate({"columns": [{"name": "a"}], "format": {"kind": "csv"}})
    sources = {"good": b"a\n1\n\"\"\n", "header": b"a\n", "late": b"a\n1\n\"2", "changed": b"a\n1\n", "gone": None}
    files = []
    for name, content in sources.items():
        if content is not None:
            (tmp_path / name).write_bytes(content)
        sha256 = hashlib.sha256(b"other" if name == "changed" else content or b"").hexdigest()
        files.append(LandedFile(StoredFile(f"file:{tmp_path}/{name}", name, len(content or b""), 0), name, sha256))
    parts = tmp_path / "parts"
    parts.mkdir()
    stamps = {"lake_arrived_at": datetime.now(UTC), "lake_run_id": "r"}
    task = raw_parts._Task(spec.model_dump_json(), stamps, str(parts))
    first, again = task.write_local(files), task.write_local(files)
    for written in (first, again):
        assert written.records == {"good": 2, "header": 0}
        assert written.rows == {"good": 2}
        assert {(one.delivery_id, one.code) for one in written.refusals} == {
            ("late", "unclosed quote"), ("changed", "changed"), ("gone", "changed")
        }  # fmt: skip
    assert {path.name for path in parts.iterdir()} == {Path(p.path).name for p in first.parts + again.parts}
    assert len([*parts.iterdir()]) == 2


def test_files_that_went_away_before_spark_reads_them_are_left_out(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "still [here].csv").write_bytes(b"a\n1\n")
    here, gone = f"file:{tmp_path}/still [here].csv", f"file:{tmp_path}/gone.csv"
    assert [bytes(row["content"]) for row in raw.binary(spark, [gone, here]).collect()] == [b"a\n1\n"]
    assert raw.binary(spark, [gone]).collect() == []
