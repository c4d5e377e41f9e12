"""Whatever the order of deliveries, corrections and withdrawals: the tables that one run makes, and the oracle."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from tests.e2e.shop_lab import PROJECT, ShopLab, differences
from tests.oracle.cleansing import Cleansed, Delivery, cleansed, gift_shop, records_of
from tests.oracle.star import star

DECEMBER = PROJECT / "tests/data/landing/online_retail"
DAYS = sorted(path.name for path in DECEMBER.glob("*.csv"))
Files = dict[str, str]
Table = list[list[str]]
PRICE, WHEN = 5, 4
SHOP = "online_retail"


def table_of(name: str, lines: int | None) -> Table:
    """The header and the first lines of a day."""
    with (DECEMBER / name).open(newline="", encoding="utf-8") as file:
        found = list(csv.reader(file))
    return found if lines is None else found[: lines + 1]


def text_of(table: Table) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(table)
    return out.getvalue()


class December:
    """Twenty files, and what happens to some of them later."""

    def __init__(self, lines: int | None) -> None:
        self.is_part = lines is not None
        tables = {name: table_of(name, lines) for name in DAYS}
        copies = [list(row) for row in tables[DAYS[2]][1:6]]
        tables[DAYS[6]] += copies  # exact duplicates across files; the survivors lie in the earlier one
        tables[DAYS[12]] += copies[:2]
        tables[DAYS[1]] += [list(row) for row in tables[DAYS[15]][1:3]]
        free = list(tables[DAYS[4]][1])
        free[PRICE] = "0"
        tables[DAYS[4]].append(free)
        tables[DAYS[11]].append(free)
        self.first: Files = {name: text_of(table) for name, table in tables.items()}
        self.corrected: Files = self._corrected(tables)
        self.withdrawn = DAYS[9]
        self.final: Files = {n: t for n, t in (self.first | self.corrected).items() if n != self.withdrawn}

    def lab(self, spark: SparkSession, folder: Path) -> ShopLab:
        """The gift shop; with a part of the lines the star alone, since each mart costs seconds a step."""
        left_out = shutil.ignore_patterns(*(["marts"] if self.is_part else []))
        return ShopLab(spark, folder, shutil.copytree(PROJECT / "conf", folder / "conf", ignore=left_out), SHOP)

    @staticmethod
    def _corrected(tables: Mapping[str, Table]) -> Files:
        survivors_gone = [tables[DAYS[2]][0], *tables[DAYS[2]][4:]]
        mended = [list(row) for row in tables[DAYS[4]]]
        mended[-1][PRICE] = "1.25"
        moved = [list(row) for row in tables[DAYS[19]]]
        moved[1][WHEN] = "2010-11-30 12:00:00"
        moved[2][WHEN] = "2011-01-02 09:30:00"
        return {DAYS[2]: text_of(survivors_gone), DAYS[4]: text_of(mended), DAYS[19]: text_of(moved)}


def delivered(files: Mapping[str, str]) -> list[Delivery]:
    return [Delivery(name, date.fromisoformat(name[:10]), records_of(text)) for name, text in files.items()]


def equal_to_oracle(lab: ShopLab, files: Mapping[str, str]) -> Cleansed:
    """Cleansed and the fates are the oracle's."""
    expected = cleansed(delivered(files), gift_shop())
    rows = lab.cleansed()
    for entity in ("order_lines", "returns", "products", "customers"):
        assert differences(rows[entity], expected.rows[entity]) == "", entity
    assert dict(lab.fates()) == {key: n for key, n in expected.fates.items() if n}
    return expected


def equal_star(lab: ShopLab, expected: Cleansed) -> None:
    """Every curated table is the oracle's."""
    rows = expected.rows
    wanted = star(rows["order_lines"], rows["returns"], rows["products"], rows["customers"], "GBP")
    for name, found in lab.curated().items():
        assert differences(found, wanted[name]) == "", name


def deliver(lab: ShopLab, files: Mapping[str, str], names: Iterable[str]) -> None:
    for name in names:
        lab.put(name, files[name])


def one_result(spark: SparkSession, folder: Path, december: December) -> dict[str, Any]:
    lab = december.lab(spark, folder)
    deliver(lab, december.final, december.final)
    lab.step()
    equal_star(lab, equal_to_oracle(lab, december.final))
    return lab.state()


def road_forward(lab: ShopLab, december: December) -> None:
    """In order, corrections at the end, the withdrawn file once cleansed."""
    there: Files = {}
    for start in range(0, 20, 5):
        names = DAYS[start : start + 5]
        deliver(lab, december.first, names)
        there |= {name: december.first[name] for name in names}
        lab.step()
        equal_to_oracle(lab, there)
    equal_star(lab, cleansed(delivered(there), gift_shop()))
    deliver(lab, december.corrected, december.corrected)
    lab.withdraw("sales", december.withdrawn)


def road_backward(lab: ShopLab, december: December) -> None:
    """The latest days first; corrections between, one back and forth, one before its first version was cleansed."""
    deliver(lab, december.first, DAYS[15:])
    lab.step()
    deliver(lab, december.corrected, [DAYS[19]])
    deliver(lab, december.first, DAYS[10:15])
    lab.step()
    deliver(lab, december.first, [*DAYS[5:10], DAYS[19]])
    lab.step()
    there = {name: december.first[name] for name in DAYS[5:]}
    equal_to_oracle(lab, there)
    deliver(lab, december.first, DAYS[:5])
    lab.ingest()
    lab.withdraw("sales", december.withdrawn)
    deliver(lab, december.corrected, december.corrected)


@pytest.fixture(scope="module", params=[60, pytest.param(None, marks=pytest.mark.long)], ids=["part", "whole"])
def december(request: pytest.FixtureRequest) -> December:
    return December(request.param)


@pytest.fixture(scope="module")
def result(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory, december: December) -> dict[str, Any]:
    return one_result(spark, tmp_path_factory.mktemp("one run"), december)


@pytest.mark.parametrize(
    "road",
    [road_forward, pytest.param(road_backward, marks=pytest.mark.long)],
    ids=["forward", "backward"],
)
def test_four_deliveries_in_two_orders_twice_over_give_the_result_of_one_run(
    spark: SparkSession, tmp_path: Path, december: December, result: dict[str, Any], road: Any
) -> None:
    lab = december.lab(spark, tmp_path)
    road(lab, december)
    lab.step()
    equal_star(lab, equal_to_oracle(lab, december.final))
    assert lab.state() == result
    before = lab.versions()
    lab.send_again()
    lab.step()
    assert lab.versions() == before, "the same bytes again change nothing"
    assert lab.state() == result


@pytest.mark.long
def test_single_days_give_the_result_of_one_run(spark: SparkSession, tmp_path: Path) -> None:
    december = December(None)
    result = one_result(spark, tmp_path / "one", december)
    lab = december.lab(spark, tmp_path / "days")
    for name in [*DAYS[1::2], *DAYS[::2]]:
        deliver(lab, december.first, [name])
        lab.step()
    for name in december.corrected:
        deliver(lab, december.corrected, [name])
        lab.step()
    lab.withdraw("sales", december.withdrawn)
    lab.step()
    assert lab.state() == result
