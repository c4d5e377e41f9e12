"""The demo shop's landing files read in plain Python: what may stand in cleansed, and which records are refused."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
Cast = Callable[[Any], Any]


class Refused(Exception):
    """The value cannot be what its column says."""


def integer(value: Any) -> int | None:
    """A whole number, also as 17.0 or '17.0'."""
    if value is None:
        return None
    if not re.fullmatch(r"-?\d+(\.0)?", str(value)):
        raise Refused(value)
    return int(float(value))


def decimal(value: Any) -> Decimal | None:
    """A number with a decimal point."""
    if value is None:
        return None
    if not re.fullmatch(r"-?\d+(\.\d+)?", str(value)):
        raise Refused(value)
    return Decimal(str(value)).quantize(Decimal("0.0001"))


def decimal_comma(value: str) -> Decimal | None:
    """A number with a decimal comma."""
    if "." in value:
        raise Refused(value)
    return decimal(value.replace(",", "."))


def moment(value: Any) -> datetime | None:
    """ISO 8601, in UTC."""
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise Refused(value)
    return datetime.fromisoformat(value.removesuffix("Z")).replace(tzinfo=UTC)


def local_minute(value: str) -> datetime:
    """dd/MM/yyyy HH:mm in Paris; of an hour that comes twice, the first."""
    try:
        return datetime.strptime(value, "%d/%m/%Y %H:%M").replace(tzinfo=PARIS).astimezone(UTC)
    except ValueError as error:
        raise Refused(value) from error


def day(value: Any) -> date | None:
    """2024-01-05."""
    return None if value in (None, "") else date.fromisoformat(value)


def text(value: Any) -> Any:
    """As it is."""
    return value


def required(cast: Cast) -> Cast:
    """Not null."""

    def checked(value: Any) -> Any:
        if value is None:
            raise Refused(value)
        return cast(value)

    return checked


@dataclass
class Read:
    """The rows that stand at the end, by key, and (day, record number) of the refused records."""

    rows: dict[Any, dict[str, Any]] = field(default_factory=dict)
    refused: list[tuple[str, int]] = field(default_factory=list)


def files(landing: Path, stem: str) -> Iterator[tuple[str, Path]]:
    """(day, path) of a feed's files in the order of their days."""
    for path in sorted(landing.glob(f"{stem}_*")):
        yield path.name.removeprefix(f"{stem}_")[:10], path


def table(landing: Path, name: str, key: str, casts: dict[str, Cast]) -> Read:
    """A table of shop_D.sqlite. Changed rows count by `updated_at`; a key that is not listed any more is gone."""
    found = Read()
    for on, path in files(landing, "shop"):
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as source:
            records = source.execute(f"select * from {name} order by rowid").fetchall()
            listed = source.execute(f"select {key} from {name}").fetchall()
            first_key = 0
            if (
                first := source.execute("select first_key from key_scope where table_name = ?", (name,)).fetchone()
            ) is not None:
                first_key = first[0]
                listed = source.execute(f"select {key} from {name}_keys").fetchall()
        for number, record in enumerate(records, start=1):
            try:
                row = {column: cast(value) for (column, cast), value in zip(casts.items(), record, strict=True)}
            except Refused:
                found.refused.append((on, number))
                continue
            before = found.rows.get(row[key])
            if before is None or "updated_at" not in row or row["updated_at"] >= before["updated_at"]:
                found.rows[row[key]] = row
        standing = {each for (each,) in listed}
        found.rows = {each: row for each, row in found.rows.items() if each in standing or each < first_key}
    return found


def delimited(
    landing: Path, stem: str, separator: str, encoding: str, key: Callable[[str, int, dict[str, Any]], Any],
    casts: dict[str, Cast], once: bool = False,
) -> Read:  # fmt: skip
    """A CSV feed; with `once` a record that was sent before, word for word, is a duplicate."""
    found, sent = Read(), set()
    for on, path in files(landing, stem):
        lines = csv.reader(io.StringIO(path.read_bytes().decode(encoding), newline=""), delimiter=separator)
        assert tuple(next(lines)) == tuple(casts)
        for number, record in enumerate(lines, start=1):
            if once and tuple(record) in sent:
                continue
            sent.add(tuple(record))
            try:
                row = {column: cast(value) for (column, cast), value in zip(casts.items(), record, strict=True)}
            except Refused:
                found.refused.append((on, number))
                continue
            found.rows[key(on, number, row)] = row
    return found


def json_lines(landing: Path, stem: str, key: Callable[[dict[str, Any]], Any]) -> Read:
    """A feed of JSON lines; a record with `deleted: true` takes its key away."""
    found = Read()
    for on, path in files(landing, stem):
        content = path.read_bytes()
        content = gzip.decompress(content) if path.suffix == ".gz" else content
        for number, line in enumerate(content.decode().splitlines(), start=1):
            try:
                row = json.loads(line)
            except json.JSONDecodeError:
                found.refused.append((on, number))
                continue
            if row.get("deleted"):
                found.rows.pop(key(row), None)
            elif not -1 <= row.get("score", 0) <= 1:
                found.refused.append((on, number))
            else:
                found.rows[key(row)] = row
    return found
