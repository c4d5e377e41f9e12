"""One flat extract, whole and split over JSON, SQLite and CSV: loading the parts gives the entities of the whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from lake.generator.splitter import Described
from lake.names import Zone
from lake.pipelines.split import split_extract
from tests.e2e.shop_lab import ShopLab, differences, written_shop

HEADER = "id_order,order_date,id_customer,channel,currency,id_order_item,id_product,quantity,unit_price"
ORDER = ("order_date", "id_customer", "channel", "currency")
TYPES = {"order_date": "timestamp", "quantity": "decimal", "unit_price": "decimal", "id_customer": "id"}
LINE = {
    "order_line_id": "id_order_item", "order_id": "id_order", "product_id": "id_product", "quantity": "quantity",
    "unit_price": "unit_price",
}  # fmt: skip
HEAD = {"order_id": "id_order", "ordered_at": "order_date", "customer_id": "id_customer", "channel": "channel",
        "currency": "currency"}  # fmt: skip
FORMATS: dict[str, dict[str, Any]] = {
    "json": {"path": "json/{}.jsonl", "format": {"kind": "json"}},
    "database": {"path": "sales.sqlite", "format": {"kind": "sqlite", "table": "{}"}},
    "csv": {"path": "csv/{}.csv", "format": {"kind": "csv"}},
}


def feed(name: str, where: dict[str, Any], columns: list[str], provides: list[dict[str, Any]]) -> dict[str, Any]:
    """A feed of all the columns."""
    declared = [{"name": name, **({"type": TYPES[name]} if name in TYPES else {})} for name in columns]
    provides[0]["route"] = "record"
    return {"feed": name, "owner": "tests", "load": "upsert", "columns": declared, "provides": provides, **where}


def parts(table: str, columns: list[str], entity: str, mapped: dict[str, str]) -> list[dict[str, Any]]:
    """The three feeds of a table that was split."""
    found = []
    for part, where in FORMATS.items():
        form = {key: value.format(table) for key, value in where["format"].items()}
        place = {"path": where["path"].format(table), "format": form}
        found.append(feed(f"{table}_{part}", place, columns, [{"entity": entity, "columns": dict(mapped)}]))
    return found


def extract(path: Path) -> None:
    """Thirty orders of two lines; every third has no customer."""
    rows = []
    for order in range(30):
        head = f"{order},2024-03-{order % 28 + 1:02} 10:00:00,{'' if order % 3 == 0 else order % 7},web,EUR"
        rows += [f"{head},{order}-{line},P{line},{line},1.25" for line in (1, 2)]
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")


def test_the_parts_of_an_extract_give_the_entities_of_the_whole(spark: SparkSession, tmp_path: Path) -> None:
    columns = HEADER.split(",")
    where = {"path": "sales.csv", "format": {"kind": "csv"}}
    both = [{"entity": "order_lines", "columns": dict(LINE)}, {"entity": "orders", "columns": dict(HEAD)}]
    whole = ShopLab(spark, tmp_path / "whole", written_shop(tmp_path / "one", [feed("sales", where, columns, both)]))
    extract(whole.landing / "sales.csv")

    lines = [name for name in columns if name not in ORDER]
    feeds = [*parts("sales", lines, "order_lines", LINE), *parts("orders", ["id_order", *ORDER], "orders", HEAD)]
    names = [item["feed"] for item in feeds]
    precedence = {"order_lines": names[:3], "orders": names[3:]}
    split = ShopLab(spark, tmp_path / "split", written_shop(tmp_path / "three", feeds, precedence=precedence))
    orders = Described.parsed(f"orders=id_order:{','.join(ORDER)}")
    split_extract(whole.landing / "sales.csv", 7, [orders], split.landing, None, "", "")

    for lab in (whole, split):
        lab.ingest()
        lab.cleanse()
    for entity, count in {"order_lines": 60, "orders": 30}.items():
        found, wanted = split.rows(Zone.CLEANSED, entity), whole.rows(Zone.CLEANSED, entity)
        assert len(wanted) == count
        left_out = ("source_feed", "source_file", "source_record", "lake_key", "lake_business_key")
        wanted = [{name: value for name, value in row.items() if name not in left_out} for row in wanted]
        assert not differences(found, wanted), entity
