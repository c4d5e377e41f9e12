"""Tables that somebody removed, or a backup lacked: from raw they are made again, and never taken for empty."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from lake.errors import EnvironmentError_
from lake.names import Zone
from lake.pipelines.blocking import blocked_feeds
from tests.e2e.shop_lab import ShopLab, written_shop


def feed(name: str, columns: str, *provides: dict[str, Any]) -> dict[str, Any]:
    return {
        "feed": name, "path": f"{name}_{{date}}.csv", "load": "append", "format": {"kind": "csv"},
        "columns": [{"name": column} for column in columns.split(",")], "provides": list(provides),
    }  # fmt: skip


LINE = {
    "order_line_id": "line", "order_id": "line", "product_id": "product", "quantity": "1", "unit_price": "2",
    "currency": "'EUR'", "ordered_at": "timestamp '2024-01-02 12:00:00'",
}  # fmt: skip
FEEDS = [
    feed("lines", "line,product", {"entity": "order_lines", "route": "line", "columns": LINE},
         {"entity": "products", "columns": {"product_id": "product"}}),
    feed("goods", "product,title", {"entity": "products", "route": "good", "columns": {
        "product_id": "product", "product_name": "title"}}),
]  # fmt: skip


@pytest.fixture(scope="module")
def lab(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> ShopLab:
    folder = tmp_path_factory.mktemp("lost")
    conf = written_shop(folder, FEEDS, marts=(), precedence={"products": ["goods", "lines"]})
    found = ShopLab(spark, folder, conf)
    found.put("lines_2024-01-02.csv", "line,product\n1,tea\n2,jam\n,lost\n")
    found.put("goods_2024-01-01.csv", "product,title\ntea,Tea\njam,Jam\n")
    found.step()
    return found


def remove(lab: ShopLab, zone: Zone, *names: str) -> None:
    """As an operator with a full disk does it, between two runs."""
    for name in names or (".",):
        shutil.rmtree(Path(lab.run().uri(zone, name).removeprefix("file:")))
    lab.spark._jvm.org.apache.spark.sql.delta.DeltaLog.clearCache()  # type: ignore[union-attr, unused-ignore]


@pytest.mark.parametrize(
    ("names", "feeds"),
    [
        (["products"], ["products"]),
        (["products__goods"], ["goods"]),
        (["order_lines", "products"], ["products", "lines"]),
        ([], ["goods", "lines"]),
    ],
    ids=["a merged entity", "a part", "an entity", "all of cleansed"],
)
def test_cleansed_tables_that_are_gone_are_made_again(lab: ShopLab, names: list[str], feeds: list[str]) -> None:
    before = lab.state()
    remove(lab, Zone.CLEANSED, *names)
    found = [line.partition(":")[0] for line in blocked_feeds(lab.run())]
    assert sorted(found) == sorted(feeds), "curate alone would find no rows"
    lab.step()
    assert lab.state() == before
    assert blocked_feeds(lab.run()) == []


def test_a_part_that_another_contract_asks_for_is_not_lost(spark: SparkSession, tmp_path: Path) -> None:
    lab = ShopLab(spark, tmp_path, written_shop(tmp_path, FEEDS[:1], marts=()))
    lab.put("lines_2024-01-02.csv", "line,product\n1,tea\n")
    lab.step()
    written_shop(tmp_path, FEEDS, marts=(), precedence={"products": ["goods", "lines"]})
    assert blocked_feeds(lab.run()) == []


def test_the_ledger_of_fates_quarantine_and_curated_are_made_again(lab: ShopLab) -> None:
    before = lab.state()
    remove(lab, Zone.OPS, "dispositions/lines")
    remove(lab, Zone.QUARANTINE, "lines")
    remove(lab, Zone.CURATED)
    lab.step()
    assert lab.state() == before


def test_without_raw_nothing_is_taken_for_empty(lab: ShopLab) -> None:
    remove(lab, Zone.RAW, "lines")
    lab.cleanse()  # what stands is not asked for
    remove(lab, Zone.CLEANSED, "order_lines")
    with pytest.raises(EnvironmentError_, match=r"raw of feed lines is not there.*bring the root back"):
        lab.cleanse()
