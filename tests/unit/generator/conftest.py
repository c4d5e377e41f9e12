"""One small demo shop for all tests: five weeks over the night when the clocks go forward, with many defects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from lake.generator import truth
from lake.generator.demo_shop import generate
from lake.generator.parameters import Parameters

FIRST, DAYS = date(2024, 2, 27), 36


@dataclass(frozen=True)
class Written:
    """Where the files and their truth are."""

    landing: Path
    parameters: Parameters

    @property
    def truth(self) -> Path:
        """The folder of the ledger."""
        return truth.truth_folder(self.landing)

    @property
    def days(self) -> list[date]:
        """The days that have files."""
        return [FIRST + timedelta(days=number) for number in range(DAYS)]

    def ledger(self, kind: str | None = None) -> list[dict[str, Any]]:
        """Rows of the ledger."""
        return [row for row in _ledger(self.truth) if kind is None or row["class"] == kind]

    def current(self, entity: str) -> dict[Any, dict[str, Any]]:
        """What cleansed should hold at the end, by key."""
        return _current(self.truth, entity)


@cache
def _ledger(folder: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = truth.ledger(folder).to_pylist()
    return rows


@cache
def _current(folder: Path, entity: str) -> dict[Any, dict[str, Any]]:
    return {row[truth.KEYS[entity]]: row for row in truth.current(folder, entity).to_pylist()}


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """The small shop."""
    parameters = Parameters(
        seed=11, epoch=FIRST, orders_per_day=40, defect_rate=120, delete_order_rate=200, amend_rate=400,
        late_order_rate=500, withdraw_rate=5000, remove_rate=10_000, close_rate=4000, move_rate=8000, rename_rate=8000,
        namesake_rate=1500, posts_per_order_percent=60, sessions_per_order=1, first_products=60,
        product_rename_rate=6000, recategorise_rate=6000, revised_rate_rate=3000,
        conversions_without_clicks_rate=2500, unknown_product_rate=5000,
        endless_rate=6000, touched_line_rate=400, blacklist_every_days=2, price_period_days=(6, 20),
    )  # fmt: skip
    landing = tmp_path_factory.mktemp("generated") / "demo"
    generate(parameters, FIRST, DAYS, landing)
    return Written(landing, parameters)
