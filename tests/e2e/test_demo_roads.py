"""The demo shop by a drawn road, files in any order and twice, runs killed: what is left is what one run makes.

`LAKE_TEST_SEED` repeats a road; without it the seed is drawn, and said where the test fails.
"""

from __future__ import annotations

import os
import shutil
from datetime import date
from pathlib import Path
from random import Random, SystemRandom

import pytest
from pyspark.sql import SparkSession

from lake.crash_points import POINTS
from lake.generator.demo_shop import generate
from lake.generator.parameters import Parameters
from tests.e2e.cloned_shop import ClonedShop
from tests.e2e.shop_lab import ShopLab

FIRST, DAYS, ORDERS_PER_DAY = date(2024, 1, 28), 6, 15
PARTS = 3


@pytest.mark.long
def test_files_in_drawn_orders_and_killed_runs_leave_the_tables_of_one_run(spark: SparkSession, tmp_path: Path) -> None:
    seed = int(os.environ.get("LAKE_TEST_SEED") or SystemRandom().randrange(1_000_000))
    random, shop = Random(seed), ClonedShop(tmp_path, shop="demo")
    sent, landing = tmp_path / "sent", shop.project / ".landing/demo"
    generate(Parameters(seed=seed, orders_per_day=ORDERS_PER_DAY, epoch=FIRST), FIRST, DAYS, sent)
    files = sorted(str(path.relative_to(sent)) for path in sent.rglob("*") if path.is_file())
    random.shuffle(files)
    road, root = f"LAKE_TEST_SEED={seed}", tmp_path / "killed/root"
    for part in range(PARTS):
        delivered = [name for before in range(part) for name in files[before::PARTS]]
        again = random.sample(delivered, k=5 * part)
        for name in [*files[part::PARTS], *again]:
            (landing / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(sent / name, landing / name)  # with a time of its own
        for point in random.sample(POINTS, k=2):
            code, said = shop.run_pipeline(root, LAKE_CRASH_AT=point)
            road += f", part {part} killed at {point}: {code}"
            assert code not in (3, 4, 5, 6), f"{road}\n{said[-3000:]}"
    for target in (root, tmp_path / "undisturbed/root"):
        code, said = shop.run_pipeline(target)
        assert code == 0, f"{road}\n{said[-3000:]}"
    labs = [ShopLab(spark, tmp_path / name, shop="demo") for name in ("killed", "undisturbed")]
    killed, undisturbed = (lab.state() for lab in labs)
    assert [name for name in undisturbed if killed[name] != undisturbed[name]] == [], road
    assert len(undisturbed["curated fct_sales"]) > 100, road
