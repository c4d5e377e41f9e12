"""docs/samples: the first records of one file of each kind of source, as landing, raw and cleansed hold them."""

from __future__ import annotations

import csv
import gzip
import io
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from lake.names import Zone
from tests.e2e.shop_lab import Row, ShopLab

RECORDS = 10
SOURCES: Mapping[str, tuple[str, str]] = {
    "returns": ("returns_*.csv", "CSV with semicolons, decimal commas, windows-1252"),
    "promotions": ("promotions_*.json", "one JSON document with nested arrays"),
    "social_interactions": ("social_*.jsonl.gz", "JSON lines, gzip"),
    "orders": ("shop_*.sqlite", "a table of a SQLite file"),
    "web_log": ("access_*.log", "Apache's combined log"),
}
"""Feed -> its files, and what they are."""


def sample(lab: ShopLab, feed: str) -> str:
    """The document of one feed."""
    pattern, words = SOURCES[feed]
    path = sorted(lab.landing.glob(pattern))[-1]
    said = f"{words}: `{path.name}` of the demo shop. A test compares this page with what a run makes.\n"
    parts = [f"# {feed}\n", said]
    parts += ["## Landing\n", _block(_landing(path))]
    raw = [row for row in lab.rows(Zone.RAW, feed) if row["lake_file_name"] == path.name]
    raw = sorted(raw, key=lambda row: row["lake_record_number"])[:RECORDS]
    contract = lab.run().catalogue.feeds[feed]
    marks = ["lake_record_number", *contract.column_names, "lake_malformed"]
    parts += ["## Raw\n", "Every field as the text that was sent.\n", _block(_as_csv(raw, marks))]
    given = _current(lab, feed, {(row["lake_delivery_id"], row["lake_record_number"]) for row in raw})
    for entity in dict.fromkeys(item.entity for item in contract.provides):
        declared = lab.run().catalogue.entities[entity]
        rows = [
            {**row, "source_record": given[entity, row["lake_key"]]} for row in lab.rows(Zone.CLEANSED, entity)
            if (entity, row["lake_key"]) in given
        ]  # fmt: skip
        rows = sorted(rows, key=lambda row: (row["source_record"], *(str(row[name]) for name in declared.key)))
        columns = ["source_record", *(n for n in declared.column_names if any(row[n] is not None for row in rows))]
        said = "Left out: columns without any value, and records that another one supersedes or that are refused.\n"
        parts += [f"## Cleansed: {entity}\n", said, _block(_as_csv(rows[:RECORDS], columns))]
    return "\n".join(parts)


def _current(lab: ShopLab, feed: str, records: set[tuple[str, int]]) -> dict[tuple[str, str], int]:
    """(entity, `lake_key`) of the current rows that the records (delivery, number) stand for -> number of the record.

    Not by the row's `source_file`: a row that is sent again as it was keeps the file that gave it first.
    """
    return {
        (row["entity"], row["key_hash"]): row["record_number"]
        for row in lab.dispositions(feed)
        if row["disposition"] == "current" and (row["delivery_id"], row["record_number"]) in records
    }


def _landing(path: Path) -> str:
    """The first records as a person would look at them."""
    if path.suffix == ".sqlite":
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as source:
            found = source.execute(f"select * from orders order by rowid limit {RECORDS}")
            names = [column[0] for column in found.description]
            return _as_csv([dict(zip(names, row, strict=True)) for row in found], names)
    content = path.read_bytes()
    content = gzip.decompress(content) if path.suffix == ".gz" else content
    text = content.decode("windows-1252" if path.suffix == ".csv" else "utf-8").replace("\r\n", "\n")
    lines = 60 if path.suffix == ".json" else RECORDS + (path.suffix == ".csv")
    return "\n".join(text.splitlines()[:lines])


def _as_csv(rows: Iterable[Row], columns: Iterable[str]) -> str:
    """As CSV with a header; null is nothing, moments are UTC."""
    text, names = io.StringIO(), list(columns)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_shown(row[name]) for name in names] for row in rows)
    return text.getvalue()


def _shown(value: Any) -> Any:
    return "" if value is None else str(value)


def _block(text: str) -> str:
    return f"```text\n{text.rstrip()}\n```\n"
