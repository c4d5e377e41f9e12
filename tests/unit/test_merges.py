"""When a merged table is behind the parts that it is made from: what the ledgers say, without any table."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lake.contracts.feed import Feed
from lake.pipelines.cleansing import merging
from lake.pipelines.cleansing.merging import Merges

START = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_table_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "lost_entities", lambda run: [])


@dataclass
class FakeCatalogue:
    """One entity and the names of the feeds that provide it."""

    names: list[str]
    entities: dict[str, None] = field(default_factory=lambda: {"customers": None})

    def providers(self, entity: str) -> list[Feed]:
        return [Feed.model_construct(feed=name) for name in self.names]


@dataclass
class FakeRun:
    """As much of a run as the merges look at."""

    catalogue: FakeCatalogue
    rows: dict[str, list[dict[str, Any]]]

    def ledger(self, name: str) -> list[dict[str, Any]]:
        return self.rows.get(name, [])


def is_behind(names: list[str], *told: tuple[str, str]) -> bool:
    """`told`: (feed, state) of a cleanse or ("", providers) of a merge, a minute each."""
    rows: dict[str, list[dict[str, Any]]] = {"merges": [], "cleansed_deliveries": []}
    for minute, (feed, what) in enumerate(told):
        at = START + timedelta(minutes=minute)
        row = {"feed": feed, "state": what} if feed else {"entity": "customers", "providers": what}
        rows["cleansed_deliveries" if feed else "merges"].append({**row, "at": at})
    return Merges.of(FakeRun(FakeCatalogue(names), rows)).behind == {"customers"}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("names", "told", "behind"),
    [
        (["a", "b"], [], True),
        (["a"], [], False),
        (["a", "b"], [("a", "started"), ("a", "finished"), ("", "a,b")], False),
        (["a", "b"], [("", "a,b"), ("a", "started"), ("a", "finished")], True),
        (["a", "b"], [("", "a,b"), ("b", "started")], True),
        (["a", "b"], [("", "a,b"), ("another", "started")], False),
        (["b", "a"], [("", "a,b")], True),
        (["a", "b", "c"], [("", "a,b")], True),
        (["a"], [("", "a,b")], True),
        (["a"], [("", "a,b"), ("", "a"), ("a", "started")], False),
        ([], [("", "a,b"), ("", "")], False),
        (["a", "b"], [("", "a,b"), ("", "")], True),  # a part was purged
    ],
)
def test_a_merge_is_due_after_a_part_was_written_or_the_feeds_are_others(
    names: list[str], told: list[tuple[str, str]], behind: bool
) -> None:
    assert is_behind(names, *told) == behind
