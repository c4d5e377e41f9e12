"""A made-up shop's landing: written once, whole, and only where nothing lies."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lake.contracts.loading import load_catalogue
from lake.contracts.shop import Generated
from lake.pipelines.generated_landing import fill_landing
from lake.pipelines.run import Run
from lake.progress import Progress
from lake.settings import load_settings

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run of the demo shop that never needs its session."""
    catalogue = load_catalogue(PROJECT / "conf", "demo")
    days = Generated(first_date="2024-01-01", days=2, orders_per_day=3)  # type: ignore[arg-type]
    shop = catalogue.shop.model_copy(update={"landing": str(tmp_path / "landing"), "generated": days})
    no_session: Any = None
    settings = load_settings(PROJECT, environment={}, root=str(tmp_path / "root"))
    return Run(no_session, settings, replace(catalogue, shop=shop), "run", Progress(quiet=True))


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_missing_landing_is_written_with_its_truth_and_nothing_is_left_beside_it(run: Run, tmp_path: Path) -> None:
    fill_landing(run)
    assert {"shop_2024-01-01.sqlite", "shop_2024-01-02.sqlite"} <= names(tmp_path / "landing")
    assert names(tmp_path) == {"landing", "landing.truth"}
    assert "orders" in names(tmp_path / "landing.truth")


def test_a_landing_that_is_there_is_left_alone(run: Run, tmp_path: Path) -> None:
    (tmp_path / "landing").mkdir()
    fill_landing(run)
    assert names(tmp_path) == {"landing"} and not names(tmp_path / "landing")


def test_what_a_killed_run_left_is_made_anew(run: Run, tmp_path: Path) -> None:
    for left in ("landing.partial", "landing.partial.truth", "landing.truth"):
        (tmp_path / left).mkdir()
        (tmp_path / left / "half").write_text("")
    fill_landing(run)
    assert names(tmp_path) == {"landing", "landing.truth"}
    assert "half" not in names(tmp_path / "landing") | names(tmp_path / "landing.truth")


def test_a_plan_and_a_real_shop_write_nothing(run: Run, tmp_path: Path) -> None:
    real = run.catalogue.shop.model_copy(update={"generated": None})
    fill_landing(replace(run, plan=True))
    fill_landing(replace(run, catalogue=replace(run.catalogue, shop=real)))
    assert not names(tmp_path)
