"""Months beside a month."""

from __future__ import annotations

from typing import get_args

from lake.contracts.table import Input
from lake.pipelines.curating.work import COST, with_neighbours


def test_neighbours_of_a_month_go_over_the_year() -> None:
    assert with_neighbours({"2024-01", "2024-12"}) == {"2023-12", "2024-01", "2024-02", "2024-11", "2024-12", "2025-01"}


def test_each_way_to_find_months_has_its_place_in_the_order_of_costs() -> None:
    assert sorted(COST) == sorted(get_args(Input.model_fields["dirty"].annotation))
