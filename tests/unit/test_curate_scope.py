"""Months beside a month."""

from __future__ import annotations

from datetime import date, timedelta
from typing import get_args

from lake.contracts.table import Input, Neighbours
from lake.pipelines.curating.months import beside, months_that_read
from lake.pipelines.curating.work import COST


def test_months_beside_a_month_go_over_the_year() -> None:
    assert beside({"2024-01", "2024-12"}) == {"2023-12", "2024-02", "2024-11", "2025-01"}


def test_only_the_first_and_last_days_are_read_by_the_months_beside() -> None:
    near = Neighbours(date="view_date", first_days=1, last_days=2)
    days = [date(2024, 2, 29) + timedelta(days=n) for n in range(-40, 40)]
    found = {day: months_that_read([day], near) for day in days}
    assert {day: months for day, months in found.items() if months} == {
        date(2024, 1, 30): {"2024-02"}, date(2024, 1, 31): {"2024-02"}, date(2024, 2, 1): {"2024-01"},
        date(2024, 2, 28): {"2024-03"}, date(2024, 2, 29): {"2024-03"}, date(2024, 3, 1): {"2024-02"},
        date(2024, 3, 30): {"2024-04"}, date(2024, 3, 31): {"2024-04"}, date(2024, 4, 1): {"2024-03"},
    }  # fmt: skip
    assert months_that_read(days, near) == {"2024-01", "2024-02", "2024-03", "2024-04"}


def test_each_way_to_find_months_has_its_place_in_the_order_of_costs() -> None:
    assert sorted(COST) == sorted(get_args(Input.model_fields["dirty"].annotation))
