"""When a file in landing is whole, and files that go away while they are looked at; without Spark."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pyspark.errors import AnalysisException

from lake.contracts.feed import Completeness
from lake.io import raw
from lake.io.storage import StoredFile
from lake.pipelines.ingesting import landing

RUN: Any = SimpleNamespace(spark=None)


def stored(name: str, modified_ms: int = 1000) -> StoredFile:
    return StoredFile(f"file:/landing/{name}", name, 9, modified_ms)


def completeness(rule: Completeness, *files: StoredFile) -> tuple[str, str]:
    feed: Any = SimpleNamespace(completeness=rule, format=None)
    return landing._completeness(RUN, feed, files[0], {file.name: file for file in files})


@pytest.mark.parametrize(
    ("marked_ms", "waits"),
    [(None, "its marker file is not there yet"), (999, "its marker is older than the file"), (1000, ""), (5000, "")],
)
def test_a_marker_counts_for_the_file_that_it_came_after(marked_ms: int | None, waits: str) -> None:
    markers = [] if marked_ms is None else [stored("a.csv.ok", marked_ms)]
    assert completeness(Completeness(rule="marker", suffix=".ok"), stored("a.csv"), *markers) == (waits, "")


@pytest.mark.parametrize(
    ("text", "found"), [(None, ("its manifest is not there yet", "")), ('{"rows": 1}', ("", '{"rows": 1}'))]
)
def test_a_manifest_that_goes_away_is_not_there_yet(
    monkeypatch: pytest.MonkeyPatch, text: str | None, found: tuple[str, str]
) -> None:
    monkeypatch.setattr(landing.storage, "text_if_there", lambda spark, uri: text)
    assert completeness(Completeness(rule="manifest"), stored("a.csv"), stored("a.csv.manifest")) == found
    assert completeness(Completeness(rule="manifest"), stored("a.csv"))[0] == "its manifest is not there yet"


def test_a_name_that_java_cannot_read_is_told_unless_it_is_ignored(tmp_path: Path) -> None:
    names = [b"plain.csv", "größe.csv".encode(), b"caf\xe9.csv", b"old/na\xefve.txt", b"m\xfcll.tmp"]
    (tmp_path / "old").mkdir()
    for name in names:
        Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name))).touch()  # noqa: PTH118 - bytes
    shop = SimpleNamespace(landing=str(tmp_path), ignored=["*.tmp"])
    run: Any = SimpleNamespace(catalogue=SimpleNamespace(shop=shop), settings=SimpleNamespace(project=tmp_path))
    listed = [stored("plain.csv"), stored("größe.csv")]
    assert landing.unlisted(run, listed) == ["caf\\xe9.csv", "old/na\\xefve.txt"]
    assert landing.unlisted(run, listed[:1])[1] == "größe.csv", "a locale that is ASCII hides it too"
    shop.landing = "hdfs://nn/landing"
    assert landing.unlisted(run, []) == []


class VanishingSpark:
    """Loads paths as Spark does: one that is not there is an error before anything is read."""

    def __init__(self, *there: str, condition: str = "PATH_NOT_FOUND") -> None:
        self.there, self.condition = set(there), condition

    @property
    def read(self) -> VanishingSpark:
        return self

    def format(self, name: str) -> VanishingSpark:
        return self

    def load(self, paths: list[str]) -> VanishingSpark:
        if gone := set(paths) - self.there:
            raise AnalysisException(f"[{self.condition}] {gone}", errorClass=self.condition, messageParameters={})
        self.rows = list(paths)
        return self

    def select(self, *names: str) -> list[str]:
        return self.rows

    def createDataFrame(self, rows: list[str], schema: str) -> list[str]:  # noqa: N802
        return rows


def test_a_file_that_goes_away_before_it_is_read_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    spark: Any = VanishingSpark("file:/a", "file:/b")
    monkeypatch.setattr(raw.storage, "exists", lambda spark, uri: uri in spark.there)
    assert raw.binary(spark, ["file:/a", "file:/gone", "file:/b"]) == ["file:/a", "file:/b"]
    assert raw.binary(spark, ["file:/gone"]) == []
    refusing: Any = VanishingSpark(condition="UNSUPPORTED_DATASOURCE")
    with pytest.raises(AnalysisException):
        raw.binary(refusing, ["file:/gone"])
