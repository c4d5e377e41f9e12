"""The law that tests/bench/bench_sizes.py fits, against sums worked out by hand."""

from __future__ import annotations

import pytest

from tests.bench.size_law import cost_row, fitted, law_row


def test_points_on_a_line_give_that_line() -> None:
    law = fitted([(0, 7.0), (1000, 9.0), (5000, 17.0)])
    assert law is not None
    assert (law.fixed, law.slope) == pytest.approx((7.0, 0.002))


def test_points_beside_a_line_give_the_least_squares() -> None:
    # means 2 and 11/3; sum of (x - 2)(y - 11/3) = 8/3 + 0 + 7/3 = 5; of (x - 2) squared = 2; 11/3 - 2 x 5/2 = -4/3
    law = fitted([(1, 1.0), (2, 4.0), (3, 6.0)])
    assert law is not None
    assert (law.fixed, law.slope) == pytest.approx((-4 / 3, 2.5))


def test_one_size_has_no_law() -> None:
    assert fitted([(30_000, 12.0), (30_000, 13.0)]) is None
    assert fitted([]) is None


def test_rows_say_lines_a_second_and_seconds_per_hundred_thousand_lines() -> None:
    assert cost_row("ingest", 30_000, 60.0) == "| ingest | 30,000 | 60.0 | 500 |"
    law = fitted([(0, 50.0), (100_000, 62.5)])
    assert law is not None
    assert law_row("ingest", law) == "| ingest | 50.0 | 12.5 |"
