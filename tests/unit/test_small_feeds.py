"""A feed that has little to do is worked on as in a small shop, whatever the shop's size."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from lake.pipelines import run as runs
from lake.pipelines.cleanse import Task
from lake.pipelines.cleansing.scope import Processed, Scope
from lake.pipelines.run import Run
from lake.progress import Progress
from lake.settings import load_settings

PROJECT = Path(__file__).resolve().parents[2]
TABLES = 4
LIMIT = 2500
"""Records a table of the star, as conf/lake.yaml says."""


@pytest.mark.parametrize(
    ("of_shop", "of_feed", "compiled"),
    [
        (LIMIT * TABLES - 1, None, "false"),
        (LIMIT * TABLES, None, "true"),
        (10_000_000, LIMIT - 1, "false"),
        (10_000_000, LIMIT, "true"),
        (LIMIT * TABLES - 1, 10 * LIMIT, "false"),
    ],
    ids=["small shop", "large shop", "its small feed", "its large feed", "large feed of a small shop"],
)
def test_a_feed_may_be_small_in_a_large_shop(
    monkeypatch: pytest.MonkeyPatch, of_shop: int, of_feed: int | None, compiled: str
) -> None:
    wanted: dict[str, str] = {}
    monkeypatch.setattr(runs, "change_settings", lambda spark, settings: wanted.update(settings))
    catalogue = SimpleNamespace(tables=dict.fromkeys(range(TABLES)))
    run = Run(cast(Any, None), load_settings(PROJECT, environment={}), cast(Any, catalogue), "run", Progress())
    run.expect_records(of_shop, of_feed=of_feed)
    assert wanted["spark.sql.codegen.wholeStage"] == compiled


def test_records_that_are_only_looked_up_weigh_a_two_hundredth() -> None:
    added, never_cleansed, kept = ([cast(Any, SimpleNamespace(record_count=count))] for count in (100, 7, 20_000))
    unused = cast(Any, None)
    assert Task(unused, unused, Scope(added, [], never_cleansed, kept, False, ""), Processed()).weight == 207
    assert Task(unused, unused, Scope([*added, *kept], [], [], [], True, ""), Processed()).weight == 20_100
