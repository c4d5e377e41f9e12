"""The truth ledger beside landing: what cleansed should hold, and every defect by name. Tests read it, pipelines never.

`<landing>.truth/<entity>/<day>.parquet` holds the clean rows that a day adds: one row per key and version.
`<landing>.truth/defects/<day>.parquet` holds one row per defect, duplicate, late delivery, removal, identity link, bot,
promotion effect and sentiment.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lake.generator.clock import date_of, iso
from lake.generator.defects import Entry
from lake.generator.randomness import Ints

LEDGER = pa.schema(
    [
        ("day", pa.date32()), ("feed", pa.string()), ("file", pa.string()), ("record_number", pa.int64()),
        ("key", pa.string()), ("class", pa.string()), ("fate", pa.string()), ("rule", pa.string()),
        ("detail", pa.string()),
    ]
)  # fmt: skip
KEYS = {
    "customers": "id_customer", "products": "id_product", "categories": "id_category", "orders": "id_order",
    "order_items": "id_order_item", "payments": "id_payment", "returns": "return_id", "promotions": "id",
    "campaigns": "id", "social_interactions": "id", "sentiments": "sentiment_id", "ad_stats": "ad_stat_id",
    "fx_rates": "fx_rate_id", "blacklist": "blacklist_id", "loyalty": "loyalty_id", "web_hits": "hit_id",
}  # fmt: skip
"""The key of each entity; the newest day's row of a key counts."""


STANDING = "standing/"
"""Before an entity's name: the rows of the small tables and lists that stood before the first day asked for."""


def truth_folder(landing: Path) -> Path:
    """`.landing/demo.truth` beside `.landing/demo`."""
    return landing.with_name(f"{landing.name}.truth")


def money(cents: Ints, scale: int = 2) -> pa.Array:
    """decimal(18,4) out of whole units of 10^-scale."""
    words = np.empty((len(cents), 2), dtype=np.int64)
    words[:, 0] = cents * 10 ** (4 - scale)
    words[:, 1] = words[:, 0] >> 63
    return pa.Array.from_buffers(pa.decimal128(18, 4), len(cents), [None, pa.py_buffer(words.tobytes())])


def moments(seconds: Ints) -> pa.Array:
    """UTC timestamps out of seconds; null where below zero."""
    return pa.array(seconds * 1_000_000, pa.int64(), mask=seconds < 0).cast(pa.timestamp("us", "UTC"))


def dates(days: Ints) -> pa.Array:
    """Dates out of day numbers."""
    return pa.array(days.astype(np.int32)).cast(pa.date32())


class TruthWriter:
    """Writes the ledger; with `keep` it holds the tables in memory instead (for the classic extracts)."""

    def __init__(self, folder: Path, keep: bool = False) -> None:
        self.folder, self.keep = folder, keep
        self.kept: dict[str, list[pa.Table]] = {}

    def write(self, entity: str, day: int, columns: Mapping[str, Any]) -> None:
        """The clean rows that the day adds to an entity."""
        table = pa.table(dict(columns))
        marked = table.add_column(0, "day", pa.array([date_of(day)] * table.num_rows, pa.date32()))
        self._put(entity, day, marked)

    def write_ledger(self, day: int, entries: list[Entry]) -> None:
        """Everything of the day that a pipeline must notice, or that only the truth knows."""
        rows = [
            (
                date_of(entry.day), entry.feed, entry.file, entry.record_number, entry.key, entry.kind, entry.fate,
                entry.rule, json.dumps(entry.detail, ensure_ascii=False, sort_keys=True, default=str),
            )
            for entry in entries
        ]  # fmt: skip
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(LEDGER)
        self._put("defects", day, pa.table([pa.array(c, f.type) for c, f in zip(columns, LEDGER, strict=True)], LEDGER))

    def kept_rows(self, name: str) -> pa.Table:
        """All that was held in memory of an entity, or of the ledger (`defects`)."""
        return pa.concat_tables(self.kept[name], promote_options="permissive") if name in self.kept else pa.table({})

    def _put(self, name: str, day: int, table: pa.Table) -> None:
        if self.keep:
            self.kept.setdefault(name, []).append(table)
            return
        path = self.folder / name / f"{iso(day)}.parquet"
        if not table.num_rows:
            path.unlink(missing_ok=True)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, path, compression="snappy", use_dictionary=False, write_statistics=False)


def _days(folder: Path, entity: str, first: date | None, last: date | None) -> list[Path]:
    paths = sorted((folder / entity).glob("*.parquet"))
    return [
        path
        for path in paths
        if (first is None or path.stem >= first.isoformat()) and (last is None or path.stem <= last.isoformat())
    ]


def versions(folder: Path, entity: str, first: date | None = None, last: date | None = None) -> pa.Table:
    """All clean rows of an entity that the days (included) added, in order: one row per key and version."""
    tables = [pq.read_table(path) for path in _days(folder, entity, first, last)]
    return pa.concat_tables(tables, promote_options="permissive") if tables else pa.table({})


def ledger(folder: Path, first: date | None = None, last: date | None = None, kind: str | None = None) -> pa.Table:
    """Rows of the ledger `defects`, of one class if `kind` is given; `detail` is JSON text."""
    found = versions(folder, "defects", first, last)
    return found if kind is None or not found.num_rows else found.filter(pc.equal(found["class"], kind))


def current(folder: Path, entity: str, last: date | None = None, with_deleted: bool = False) -> pa.Table:
    """What cleansed should hold at the end of the day: the newest row of each key; removed ones only `with_deleted`."""
    without = set[str]() if with_deleted else deleted(folder, entity, last)
    return folded(with_standing(versions(folder, entity, None, last), first_standing(folder, entity)), entity, without)


def first_standing(folder: Path, entity: str) -> pa.Table:
    """What stood before the first of all days written, if the shop was older then."""
    paths = _days(folder, f"{STANDING}{entity}", None, None)
    return pq.read_table(paths[0]) if paths else pa.table({})


def with_standing(rows: pa.Table, standing: pa.Table) -> pa.Table:
    """What stood before, then what the days added; if one of these days is older, they say it all."""
    if not standing.num_rows:
        return rows
    if not rows.num_rows:
        return standing
    if pc.min(rows["day"]).as_py() <= standing["day"][0].as_py():
        return rows
    return pa.concat_tables([standing, rows], promote_options="permissive")


def deleted(folder: Path, entity: str, last: date | None = None) -> set[str]:
    """Keys (as text) that are gone from the source at the end of the day."""
    gone = ledger(folder, None, last, "hard_delete")
    if not gone.num_rows:
        return set()
    return {key for key, feed in zip(gone["key"].to_pylist(), gone["feed"].to_pylist(), strict=True) if feed == entity}


def folded(rows: pa.Table, entity: str, without: set[str]) -> pa.Table:
    """The last row of each key, in the order of the keys, without some keys."""
    if not rows.num_rows:
        return rows
    keys = rows[KEYS[entity]].to_pylist()
    newest = {key: position for position, key in enumerate(keys)}
    return rows.take([newest[key] for key in sorted(newest) if str(key) not in without])
