"""The splitter: the three parts together are the whole, and keys of one part resolve in another."""

from __future__ import annotations

import csv
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from jobs.split import main
from lake.arguments import exit_with
from lake.errors import EnvironmentError_, SourceError, UsageError_
from lake.generator.arguments import split_parser
from lake.generator.splitter import Described, Table, split, write_csv, write_json, write_sqlite
from lake.pipelines.split import split_extract

HEADER = ("order_id", "line", "product", "price", "buyer", "ordered_at")
ORDERS = Described.parsed("orders=order_id:buyer,ordered_at")


def extract(path: Path, orders: int = 60, spoil: bool = False) -> list[tuple[str, ...]]:
    """A flat extract of orders of three lines, with texts that need quotes, and one order without an id."""
    rows = [
        (
            str(order) if order else "",
            str(line),
            f'p"{line};\n',
            "" if line == 2 else "1,50",
            f"Zoé {order % 7}",
            "2024",
        )
        for order in range(orders)
        for line in range(3)
    ]
    if spoil:
        rows.append(("5", "9", "p", "1", "Somebody else", "2024"))
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    return rows


def read_back(folder: Path, name: str) -> dict[str, list[tuple[str, ...]]]:
    """Records of a table in each part, by other readers than the splitter's."""
    with (folder / f"csv/{name}.csv").open(encoding="utf-8", newline="") as file:
        in_csv = [tuple(record) for record in csv.reader(file)][1:]
    text = (folder / f"json/{name}.jsonl").read_text(encoding="utf-8")
    in_json = [tuple(json.loads(line).values()) for line in text.splitlines()]
    with closing(sqlite3.connect(folder / "sales.sqlite")) as database:
        in_database = database.execute(f"select * from {name} order by rowid").fetchall()
    return {"csv": in_csv, "json": in_json, "database": in_database}


def written(tables: list[Table], folder: Path) -> None:
    write_json(tables, folder / "json")
    write_csv(tables, folder / "csv")
    write_sqlite(tables, folder / "sales.sqlite")


def test_the_parts_together_give_the_extract_row_for_row(tmp_path: Path) -> None:
    rows = extract(tmp_path / "sales.csv")
    written(split(tmp_path / "sales.csv", 7, [ORDERS]), tmp_path)
    lines, orders = read_back(tmp_path, "sales"), read_back(tmp_path, "orders")
    described = {record[0]: record[1:] for part in orders.values() for record in part}
    assert len(described) == sum(map(len, orders.values())) == 59
    whole = [(*line, *described.get(line[0], ("Zoé 0", "2024"))) for part in lines.values() for line in part]
    assert sorted(whole) == sorted(rows)
    for part, records in lines.items():
        assert 30 < len(records) < 90
        own = {record[0] for record in orders[part]}
        assert {record[0] for record in records} - own, "keys that only another part describes"


def test_the_seed_decides_and_nothing_else(tmp_path: Path) -> None:
    extract(tmp_path / "sales.csv")
    one, again, other = (split(tmp_path / "sales.csv", seed, [ORDERS]) for seed in (7, 7, 8))
    assert one == again
    assert [table.part for table in one] != [table.part for table in other]
    written(one, tmp_path)
    first = (tmp_path / "csv/orders.csv").read_bytes(), (tmp_path / "json/sales.jsonl").read_bytes()
    written(again, tmp_path)
    assert first == ((tmp_path / "csv/orders.csv").read_bytes(), (tmp_path / "json/sales.jsonl").read_bytes())


def test_without_entities_the_lines_stay_whole(tmp_path: Path) -> None:
    rows = extract(tmp_path / "sales.csv")
    (table,) = split(tmp_path / "sales.csv", 7, [])
    assert table.columns == HEADER and table.records == rows


def test_a_key_with_two_descriptions_is_refused(tmp_path: Path) -> None:
    extract(tmp_path / "sales.csv", spoil=True)
    with pytest.raises(SourceError, match="record 181 describes order_id 5 otherwise"):
        split(tmp_path / "sales.csv", 7, [ORDERS])


@pytest.mark.parametrize(
    ("entity", "problem"),
    [
        ("orders", "write NAME=KEY:COLUMN"), ("orders=order_id", "write NAME=KEY:COLUMN"),
        ("orders=order_id:nobody", "no column nobody"), ("orders=order_id:order_id", "can belong to one entity only"),
    ],
)  # fmt: skip
def test_a_wrong_entity_is_wrong_use(tmp_path: Path, entity: str, problem: str) -> None:
    extract(tmp_path / "sales.csv")
    with pytest.raises(UsageError_, match=problem):
        split(tmp_path / "sales.csv", 7, [Described.parsed(entity)])


def test_a_record_of_another_width_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("a,b\n1,2\n3\n", encoding="utf-8")
    with pytest.raises(SourceError, match="record 2 has not the 2 fields"):
        split(tmp_path / "sales.csv", 7, [])


def test_another_kind_of_database_is_wrong_use_before_anything_is_written(tmp_path: Path) -> None:
    extract(tmp_path / "sales.csv")
    with pytest.raises(UsageError_, match=r"jdbc:postgresql://HOST:PORT/NAME or jdbc:mariadb:"):
        split_extract(tmp_path / "sales.csv", 7, [ORDERS], tmp_path / "parts", "jdbc:oracle:x", "me", "PASSWORD")
    with pytest.raises(EnvironmentError_, match="set NO_SUCH_VARIABLE to me's password"):
        url = "jdbc:mariadb://127.0.0.1:1/shop"
        split_extract(tmp_path / "sales.csv", 7, [ORDERS], tmp_path / "parts", url, "me", "NO_SUCH_VARIABLE")
    assert not (tmp_path / "parts").exists()


def test_the_job_writes_the_three_parts_and_counts_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    extract(tmp_path / "sales.csv")
    with pytest.raises(SystemExit) as left:
        asked = ["--extract", str(tmp_path / "sales.csv"), "--to", str(tmp_path), "--entity", "orders=order_id:buyer"]
        exit_with(main, split_parser(), asked)
    assert left.value.code == 0
    said = capsys.readouterr().out.splitlines()
    counts = {
        name: {part: len(records) for part, records in read_back(tmp_path, name).items()}
        for name in ("sales", "orders")
    }
    for line, (name, parts) in zip(said, counts.items(), strict=True):
        assert line == f"{name}: {parts['json']} json, {parts['database']} database, {parts['csv']} csv"
    with pytest.raises(SystemExit) as left:
        exit_with(main, split_parser(), ["--extract", str(tmp_path / "none.csv"), "--to", str(tmp_path)])
    assert left.value.code == 5
