"""Which file names a feed's path means, and the date in them."""

from __future__ import annotations

from datetime import date

import pytest

from lake.contracts.paths import LandingPattern

DAY = date(2010, 12, 31)


@pytest.mark.parametrize(
    ("path", "name", "day"),
    [
        ("{date}.csv", "2010-12-31.csv", DAY),
        ("till/{date:yyyyMMdd}.csv.gz", "till/20101231.csv.gz", DAY),
        ("{date:dd.MM.yyyy}/sales_*.csv", "31.12.2010/sales_north_1.csv", DAY),
        ("{date}/orders_{date}.csv", "2010-12-31/orders_2010-12-31.csv", DAY),
        ("{date:yyyy-MM}.csv", "2010-12.csv", date(2010, 12, 1)),
        ("sales_{date:yyyyMM}.csv", "sales_201012.csv", date(2010, 12, 1)),
        ("{date:yyyy}/sales.csv", "2010/sales.csv", date(2010, 1, 1)),
        ("log_{date:yyyyMMddHH}.txt", "log_2010123123.txt", DAY),
        ("shop?.csv", "shop1.csv", None),
        ("a+b (1).csv", "a+b (1).csv", None),
        ("*.csv", ".csv", None),
    ],
)
def test_a_name_matches_and_gives_its_date(path: str, name: str, day: date | None) -> None:
    pattern = LandingPattern(path)
    assert pattern.matches(name) and pattern.date_of(name) == day
    assert pattern.has_date is (day is not None)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("{date}.csv", "2010-02-30.csv"),
        ("{date}.csv", "20101231.csv"),
        ("{date:yyyy-MM}.csv", "2010-13.csv"),
        ("{date:yyyy}.csv", "0000.csv"),
        ("{date}.csv", "2010-12-31.csv.done"),
        ("{date}.csv", "old/2010-12-31.csv"),
        ("{date}.csv", "2010-12-31xcsv"),
        ("{date}/orders_{date}.csv", "2010-12-31/orders_2010-12-30.csv"),
        ("*.csv", "a/b.csv"),
        ("shop?.csv", "shop/.csv"),
        ("shop?.csv", "shop.csv"),
    ],
)
def test_a_name_does_not_match(path: str, name: str) -> None:
    assert not LandingPattern(path).matches(name)
