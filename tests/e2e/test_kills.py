"""Runs killed at named points, one after the other on one root: what the last one leaves equals an undisturbed run.

The killed ones and the last are jobs, as a user starts them; the undisturbed one runs in this process.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lake.crash_points import POINTS
from lake.io import storage
from lake.io.locks import owner_of
from lake.names import Zone
from lake.pipelines.publishing.releases import State, read_history
from lake.pipelines.publishing.switching import places_of
from lake.pipelines.run_book import run_records
from tests.e2e.cloned_shop import DAYS, SHOP, ClonedShop, is_gone, locks_of, some_lines
from tests.e2e.shop_lab import ShopLab

DAILY = ("ingest:raw_written", "cleanse:entity_written", "curate:table_written", "publish:switching")
"""One of each verb; test_publish_crashes passes all points of publish."""


@dataclass
class Chain:
    """What is left after a chain of killed runs, and after one undisturbed run over the same landing."""

    points: Sequence[str]
    killed: ShopLab
    undisturbed: ShopLab


def lab_over(spark: SparkSession, folder: Path, shop: ClonedShop) -> ShopLab:
    """The shop with its tables below `folder/root`."""
    lab = ShopLab(spark, folder, shop.project / "conf", SHOP)
    lab.landing = shop.landing
    return lab


def delivered(shop: ClonedShop, step: int) -> None:
    """Something new for every run: another day, and from time to time a corrected one."""
    shop.put(DAYS[step], some_lines(DAYS[step], 0, 25))
    if step % 3 == 2:
        shop.put(DAYS[step - 2], some_lines(DAYS[step - 2], 5, 25))


@pytest.fixture(
    scope="module",
    params=[DAILY, pytest.param(POINTS, marks=pytest.mark.long)],
    ids=["a point of each verb", "all points"],
)
def chain(request: pytest.FixtureRequest, spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Chain:
    folder = tmp_path_factory.mktemp("kills")
    shop = ClonedShop(folder, marts=request.param is POINTS)
    root = folder / "killed/root"
    for step, point in enumerate(request.param):
        delivered(shop, step)
        code, text = shop.run_pipeline(root, LAKE_CRASH_AT=point)
        assert code not in (0, 3, 4, 5, 6), f"{point} was not reached, or the run failed by itself:\n{text[-3000:]}"
        for lock in locks_of(root):
            owner = json.loads(lock.read_text() or "{}")
            assert owner_of(lock) is None, f"{lock} is still held after {point}"
            assert is_gone(int(owner.get("jvm_pid") or 0)), f"the JVM goes on after {point}"
    code, text = shop.run_pipeline(root)
    assert code == 0, text[-3000:]
    undisturbed = lab_over(spark, folder / "undisturbed", shop)
    undisturbed.step()
    return Chain(request.param, lab_over(spark, folder / "killed", shop), undisturbed)


def test_the_tables_equal_those_of_an_undisturbed_run(chain: Chain) -> None:
    killed, undisturbed = chain.killed.state(), chain.undisturbed.state()
    assert [name for name in killed if killed[name] != undisturbed[name]] == []
    assert len(undisturbed["curated fct_sales"]) > 15 * len(chain.points)


def test_the_ledger_calls_every_killed_run_lost(chain: Chain) -> None:
    records = run_records(chain.killed.run().ledger("runs"))
    assert [record.state for record in records] == ["done"] + ["lost"] * len(chain.points)


def test_no_release_is_left_half_done_and_no_folder_without_a_release(chain: Chain) -> None:
    run = chain.killed.run()
    history = read_history(run)
    assert history.live is not None
    assert history.in_state(State.BUILDING, State.BUILT, State.SWITCHING) == []
    named = places_of(r for r in history.releases.values() if r.state is not State.DROPPED)
    published = run.settings.zone_uri(SHOP, Zone.PUBLISHED)
    files = [f.name for f in storage.list_files(run.spark, published) if f.name.endswith(".orc")]
    strays = {name for name in files if not any(name.startswith(f"{place}/") for place in named)}
    assert strays == set()


def test_no_lock_is_left(chain: Chain) -> None:
    assert [lock for lock in locks_of(chain.killed.folder / "root") if owner_of(lock) is not None] == []
