"""Which items of a feed give rows that go with a newer version of their record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from lake.contracts.entity import Entity
from lake.contracts.feed import Feed
from lake.contracts.record_parts import conditional_items, conditional_parts, goes_with_record

PROJECT = Path(__file__).resolve().parents[2]
ENTITIES = {
    path.stem: Entity.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    for path in (PROJECT / "conf/entities").glob("*.yaml")
}
LINES = {"entity": "order_lines", "columns": {"order_line_id": "line_id", "order_id": "order_no"}}
ORDERS = {"entity": "orders", "columns": {"order_id": "order_no"}}
STATUSES = {"entity": "order_statuses", "columns": {"order_id": "order_no"}}
CUSTOMERS = {"entity": "customers", "columns": {"customer_id": "email"}}
ALL, SOME = {"route": "all"}, {"when": "status = 'x'"}


def parts(*items: dict[str, Any], load: str = "upsert") -> tuple[list[str], list[str]]:
    """The entities of the parts, and of the items of which a warning speaks."""
    provides = [{"columns": {}, **item} for item in items]
    content = {
        "feed": "items", "description": "x", "load": load, "format": {"kind": "csv"},
        "columns": [{"name": "line_id"}], "provides": provides,
    }  # fmt: skip
    feed = Feed.model_validate(content)
    known = [item.entity for item in conditional_parts(feed, ENTITIES)]
    return known, [item.entity for item in conditional_items(feed, ENTITIES) if item.entity not in known]


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([ORDERS | ALL, LINES | SOME], (["order_lines"], [])),
        ([LINES | ALL | SOME, ORDERS | ALL | SOME], (["order_lines", "orders"], [])),
        ([LINES | ALL, ORDERS | SOME], (["orders"], [])),
        ([STATUSES | ALL, LINES | SOME], (["order_lines"], [])),
        ([STATUSES | ALL, ORDERS | SOME], ([], ["orders"])),
        ([LINES | ALL | {"key": "content"}, ORDERS | SOME], ([], ["orders"])),
        ([ORDERS | ALL, LINES | SOME | {"key": "content"}], ([], ["order_lines"])),
        ([ORDERS | ALL, CUSTOMERS | SOME, STATUSES | SOME], ([], [])),
        ([ORDERS | ALL, LINES], ([], [])),
    ],
    ids=[
        "derived", "routed", "the order's facts on one of its lines", "statuses of the order of a line",
        "events of an order", "lines without a key", "a part without a key", "history", "no when",
    ],
)  # fmt: skip
def test_rows_go_with_a_newer_version_where_versions_are_known(
    items: list[dict[str, Any]], expected: tuple[list[str], list[str]]
) -> None:
    assert parts(*items) == expected


@pytest.mark.parametrize("load", ["append", "snapshot"])
def test_only_upsert_has_versions(load: str) -> None:
    assert parts(ORDERS | ALL, LINES | SOME, load=load) == ([], [])


@pytest.mark.parametrize(
    ("item", "goes"),
    [
        (LINES | ALL, True),
        (ORDERS, False),
        (CUSTOMERS, False),
        ({"entity": "payments", "columns": {"payment_id": "line_id"}}, True),
        ({"entity": "payments", "columns": {"payment_id": "line_id"}, "key": "content"}, False),
        ({"entity": "payments", "columns": {"payment_id": "n"},
          "explode": {"column": "line_id", "columns": [{"name": "n"}]}}, True),
    ],
    ids=["the line", "its order", "its customer", "of the same key", "of no key", "an element"],
)  # fmt: skip
def test_a_deleted_record_takes_along_what_is_it_or_a_part_of_it(item: dict[str, Any], goes: bool) -> None:
    provides = [{"columns": {}, **one} for one in (LINES | ALL, item)]
    content = {"feed": "items", "description": "x", "load": "upsert", "format": {"kind": "csv"},
               "columns": [{"name": "line_id"}], "provides": provides}  # fmt: skip
    feed = Feed.model_validate(content)
    assert goes_with_record(feed, feed.provides[-1], ENTITIES) is goes
