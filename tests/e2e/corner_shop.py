"""A corner shop in a temporary folder of its own: landing, conf/ and root; its runs use the session of the tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from lake.pipelines.run import Run
from lake.progress import Progress
from lake.settings import load_settings
from tests.e2e.shop_lab import catalogue_of

PROJECT = Path(__file__).resolve().parents[2]
SHOP = "corner_shop"
HEADER = "receipt,product,quantity,price,sold_at\n"

TILL = """\
# yaml-language-server: $schema=../../../schema/feed.json
feed: till
description: Receipt lines, one file a day.
path: "till/{date}.csv"
load: append
format: {kind: csv}
completeness: {expected: daily}
gates: {max_quarantined_rate: 0.5}
columns:
  - {name: receipt}
  - {name: product}
  - {name: quantity, type: decimal}
  - {name: price, type: decimal}
  - {name: sold_at, type: timestamp}
provides:
  - entity: order_lines
    route: receipt
    when: quantity > 0
    key: content
    columns:
      order_id: receipt
      ordered_at: sold_at
      product_id: product
      quantity: quantity
      unit_price: price
      currency: "'GBP'"
    expectations:
      - {rule: unit_price > 0}
      - {rule: unit_price < 100, name: price_is_small}
  - entity: returns
    route: receipt
    when: quantity < 0
    key: content
    columns:
      order_id: receipt
      returned_at: sold_at
      product_id: product
      quantity: quantity
      unit_price: price
      currency: "'GBP'"
  - entity: products
    columns: {product_id: product, effective_at: sold_at, product_name: upper(product)}
"""

CARDS = """\
# yaml-language-server: $schema=../../../schema/feed.json
feed: {feed}
description: Loyalty cards.
path: "{feed}/{{date}}.csv"
load: upsert
format: {{kind: csv}}
completeness: {completeness}
columns:
  - {{name: card}}
  - {{name: country}}
provides:
  - entity: customers
    route: card
    columns: {{customer_namespace: "'{feed}'", customer_id: card, country: country}}
"""

COMPLETENESS = {
    "marked": "{rule: marker, suffix: .ok}",
    "listed": "{rule: manifest}",
    "settled": "{rule: settled, seconds: 60}",
}


class CornerShop:
    """`run()` opens nothing: it is a run in the given session, with an id of its own."""

    def __init__(self, spark: SparkSession, folder: Path) -> None:
        self.spark, self.folder, self.runs = spark, folder, 0
        conf = folder / "conf"
        shutil.copytree(PROJECT / "conf", conf, ignore=shutil.ignore_patterns("shops", "marts"))
        (conf / "shops" / SHOP / "feeds").mkdir(parents=True)
        (conf / "shops" / SHOP / "shop.yaml").write_text(
            f"# yaml-language-server: $schema=../../schema/shop.json\nshop: {SHOP}\ntitle: Corner shop\n"
            "landing: landing\ncurrency: GBP\ntime_zone: Europe/London\n"
            f"precedence: {{customers: [{', '.join(COMPLETENESS)}]}}\n"
        )
        self.feed("till", TILL)
        for feed, completeness in COMPLETENESS.items():
            self.feed(feed, CARDS.format(feed=feed, completeness=completeness))
        (folder / "landing").mkdir()

    def feed(self, name: str, text: str) -> None:
        """Write a feed's contract."""
        (self.folder / "conf" / "shops" / SHOP / "feeds" / f"{name}.yaml").write_text(text)

    def land(self, name: str, *lines: str, header: str = HEADER) -> Path:
        """Put a file into landing."""
        path = self.folder / "landing" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(header + "".join(f"{line}\n" for line in lines))
        return path

    def run(self, *feeds: str, first: date | None = None, last: date | None = None, plan: bool = False) -> Run:
        """A run on the shop as conf/ and landing are now."""
        self.runs += 1
        environment = {"LAKE_DATABASE_PREFIX": "corner_"}
        settings = load_settings(self.folder, environment=environment, root=str(self.folder / "root"))
        catalogue = catalogue_of(self.folder / "conf", SHOP)
        progress = Progress(f"run{self.runs}", quiet=True)
        return Run(self.spark, settings, catalogue, f"run{self.runs}", progress, first, last, feeds, plan)

    @contextmanager
    def opened(self, job: str, arguments: Any, **options: Any) -> Iterator[Run]:
        """Stands for lake.pipelines.run.opened in the session of the tests."""
        yield self.run(*(arguments.feed or ()))
