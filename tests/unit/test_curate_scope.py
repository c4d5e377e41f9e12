"""Months beside a month."""

from __future__ import annotations

from lake.pipelines.curate_scope import with_neighbours


def test_neighbours_of_a_month_go_over_the_year() -> None:
    assert with_neighbours({"2024-01", "2024-12"}) == {"2023-12", "2024-01", "2024-02", "2024-11", "2024-12", "2025-01"}
