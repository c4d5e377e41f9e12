"""By what a file is known: one over its limit is refused once, remembered, never read; one that Spark hides is told."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from lake.contracts.feed import Feed
from lake.contracts.source import DelimitedFormat
from lake.io.storage import StoredFile
from lake.pipelines import ingest
from lake.pipelines.delivery_book import DeliveryBook
from lake.pipelines.ingest import IngestReport
from lake.pipelines.ingesting import hashes
from lake.pipelines.ingesting.landing import LandingFile

LIMIT = 1000
SMALL, LARGE = StoredFile("file:/landing/a", "a", LIMIT, 1), StoredFile("file:/landing/b", "b", 40 * LIMIT, 1)


class Reader:
    """Stands for hashing and reading; says which files were asked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.hashed: list[str] = []
        self.stored: list[str] = []
        monkeypatch.setattr(hashes, "content_hashes", self.hashes)
        monkeypatch.setattr(ingest, "store_rows", self.rows)

    def hashes(self, spark: None, files: list[StoredFile]) -> dict[str, str]:
        self.hashed += [file.name for file in files]
        return {file.uri: f"sha of {file.name}" for file in files}

    def rows(self, run: Any, uri: str, spec: Any, files: list[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        self.stored += [one.file.name for one in files]
        return {one.delivery_id: (3, 3) for one in files}, {}


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Reader:
    return Reader(monkeypatch)


def ingested(book: DeliveryBook, *files: StoredFile, limit: int = LIMIT) -> IngestReport:
    progress = SimpleNamespace(problem=lambda *_, **__: None, step=lambda *_, **__: None)
    run: Any = SimpleNamespace(spark=None, plan=False, progress=progress, uri=lambda zone, table: f"/raw/{table}")
    form = DelimitedFormat(kind="csv")
    feed = Feed.model_construct(feed="till", format=form, columns=[], keys=None, max_file_bytes=limit)
    report = IngestReport()
    ingest._ingest_feed(run, feed, [LandingFile(file, None) for file in files], book, report)
    return report


def test_a_file_over_the_limit_is_refused_unread_and_the_others_are_read(reader: Reader) -> None:
    report = ingested(DeliveryBook(), SMALL, LARGE)
    assert report.refused == [f"till/b: too large: over max_file_bytes {LIMIT}: raise it, or split the file"]
    assert (report.accepted, reader.hashed, reader.stored) == (1, ["a"], ["a"])
    (refused,) = [event for event in report.events if event["event"] == "refused"]
    assert len(refused["sha256"]) == 64 and refused["size_bytes"] == LARGE.size


def test_it_is_known_again_until_it_or_the_limit_changes(reader: Reader) -> None:
    book = DeliveryBook()
    ingested(book, LARGE)
    assert ingested(book, LARGE).events == []
    changed = StoredFile(LARGE.uri, LARGE.name, LARGE.size, 2)
    assert [event["event"] for event in ingested(book, changed).events] == ["refused"]
    assert [event["event"] for event in ingested(book, changed, limit=50 * LIMIT).events] == ["accepted"]
    assert (reader.hashed, reader.stored) == (["b"], ["b"])


def test_what_was_accepted_stands_though_the_limit_is_lowered_later(reader: Reader) -> None:
    book, now = DeliveryBook(), int(datetime.now(UTC).timestamp() * 1000)
    fresh = StoredFile(LARGE.uri, LARGE.name, LARGE.size, now)  # so fresh that its time alone does not tell
    ingested(book, fresh, limit=50 * LIMIT)
    assert ingested(book, fresh).events == []
    assert book.current["till"]["b"].sha256 == "sha of b"


@pytest.mark.parametrize(
    ("name", "told"), [("_part.csv", 1), ("2024/.orders.csv", 1), ("orders.csv", 0), ("_old/orders.csv", 0)]
)
def test_a_file_that_spark_hides_is_told_and_one_that_vanished_is_not(
    monkeypatch: pytest.MonkeyPatch, name: str, told: int
) -> None:
    monkeypatch.setattr(hashes, "content_hashes", lambda spark, files: {})
    problems: list[dict[str, str]] = []
    progress = SimpleNamespace(problem=lambda what, **facts: problems.append({"what": what, **facts}))
    run: Any = SimpleNamespace(spark=None, progress=progress)
    feed = Feed.model_construct(feed="till", max_file_bytes=LIMIT)
    file = StoredFile(f"hdfs://nn/landing/{name}", name, 9, 1)
    assert hashes.file_hashes(run, feed, DeliveryBook(), [file]) == {}
    assert [(p["what"], p["names"]) for p in problems] == [("hidden files", name)] * told
