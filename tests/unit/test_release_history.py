"""What the ledger of releases tells, and what a release records of its tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from types import SimpleNamespace
from typing import Any

import pytest

from lake.contracts.columns import Column
from lake.contracts.table import Buckets, Table
from lake.errors import ReleaseError, ReleaseHoldError, UsageError_
from lake.io.hive import EndpointDoor, UnclearAnswerError, ensure, host_and_port
from lake.pipelines.publishing.release_contents import (
    Content,
    PublishedPartition,
    PublishedTable,
    Shape,
    contract_as_published,
    from_json,
    to_json,
)
from lake.pipelines.publishing.releases import History, State, advanced
from lake.pipelines.publishing.switching import free_number

START = datetime(2026, 1, 1, tzinfo=UTC)


def history(*events: tuple[int, str] | tuple[int, str, str]) -> History:
    rows: list[dict[str, Any]] = []
    for place, (number, state, *reason) in enumerate(events):
        said = {
            "reason": reason[0] if reason else None,
            "run_id": f"run{place}",
            "at": START + timedelta(seconds=place),
        }
        rows.append({"release_number": number, "state": state, "tables": None, **said})
    return advanced(History(), reversed(rows))


def test_the_last_event_of_a_number_is_its_state_whatever_the_order_of_the_rows() -> None:
    found = history((1, "building"), (1, "built"), (1, "switching"), (1, "live"), (2, "building"))
    assert {n: r.state for n, r in found.releases.items()} == {1: State.LIVE, 2: State.BUILDING}
    assert found.live is not None and found.live.published_at == START + timedelta(seconds=3)
    assert found.releases[1].folder == "r000001_run0"
    assert found.next_number == 3


def test_a_number_is_never_used_twice() -> None:
    assert history((1, "building"), (1, "dropped"), (2, "building"), (2, "dropped")).next_number == 3
    assert History().next_number == 1


class ListingDoor:
    """Answers `show databases like` from a list, as Spark and Hive do."""

    def __init__(self, *databases: str) -> None:
        self.databases = databases

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        pattern = statement.removeprefix("show databases like '").removesuffix("'")
        return [(name,) for name in self.databases if fnmatchcase(name, pattern)]

    def close(self) -> None: ...


@pytest.mark.parametrize(
    ("prefix", "databases", "number"),
    [
        ("", [], 3),
        ("", ["demo", "demo_r000001", "demo_r000002"], 3),
        ("", ["demo_r000007", "demo_r000004"], 8),
        ("", ["demo_returns_r000009", "demo_r_r000009", "demo_r000009_old", "my_demo_r000009", "demo_two_r000009"], 3),
        ("t_", ["demo_r000009", "t_demo_r000005"], 6),
        ("", ["demo_r1000000"], 1000001),
    ],
)
def test_a_number_that_only_the_metastore_knows_is_not_used_again(
    prefix: str, databases: list[str], number: int
) -> None:
    run: Any = SimpleNamespace(shop="demo", settings=SimpleNamespace(database_prefix=prefix))
    assert free_number(run, ListingDoor(*databases), history((1, "live"), (2, "dropped"))) == number


def test_a_hold_lasts_until_it_is_resumed() -> None:
    held = [(1, "live"), (2, "live"), (1, "switching"), (1, "held", "release 1 was brought back")]
    with pytest.raises(
        ReleaseHoldError, match="release 1 was brought back; publish again after `lake releases resume --shop corner`"
    ):
        history(*held).refuse_when_held("corner")  # type: ignore[arg-type]
    history(*held, (1, "resumed", "by hand")).refuse_when_held("corner")  # type: ignore[arg-type]


def test_a_release_that_comes_back_keeps_the_moment_it_was_first_shown() -> None:
    found = history((1, "live"), (1, "retired"), (1, "switching"), (1, "live"))
    assert found.releases[1].published_at == START


def test_an_unknown_number_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ReleaseError, match="no release 3; known are 1"):
        history((1, "live")).get(3)


def column(name: str, kind: str = "string") -> Column:
    return Column(name=name, type=kind, description=name)


def table(*columns: Column, **changes: Any) -> Table:
    base = Table(table="fct_sales", kind="fact", description="d", grain="g", key=["a"], columns=list(columns))
    return base.model_copy(update=changes)


A, B, MONTH = column("a"), column("b", "decimal(18, 4)"), column("m")


def test_tables_survive_the_ledger() -> None:
    shape = Shape.of(table(A, MONTH, B, partition_by="m", bucket_by=Buckets(columns=["a"], count=4, sort=["a"])), "orc")
    assert shape.columns == (("a", "string"), ("b", "decimal(18,4)"), ("m", "string"))
    tables = {"fct_sales": PublishedTable(7, shape, {"2024-01": PublishedPartition("file:/x y", Content(3, "f"))})}
    assert from_json(to_json(tables)) == tables


@pytest.mark.parametrize(
    ("now", "only_adds", "words"),
    [
        ([A, B, MONTH, column("c")], True, "column c is new"),
        ([A, column("c"), B, MONTH], False, "column c is new"),
        ([A, MONTH], False, "column b is gone"),
        ([A, column("b", "string"), MONTH], False, "column b was decimal(18,4), is string"),
        ([B, A, MONTH], False, "the order of columns changed"),
    ],
)
def test_only_columns_at_the_end_break_nobody(now: list[Column], only_adds: bool, words: str) -> None:
    old, new = (Shape.of(table(*columns, partition_by="m"), "orc") for columns in ([A, B, MONTH], now))
    assert new.only_adds_to(old) is only_adds
    assert new.difference_from(old) == words


def test_another_partition_breaks_and_another_format_does_not() -> None:
    old = Shape.of(table(A, B, MONTH, partition_by="m"), "orc")
    assert Shape.of(table(A, B, MONTH), "orc").only_adds_to(old) is False
    parquet = Shape.of(table(A, B, MONTH, partition_by="m"), "parquet")
    assert parquet.only_adds_to(old) and parquet != old


def test_an_older_release_is_described_by_what_it_recorded() -> None:
    published = PublishedTable(1, Shape.of(table(A, B), "orc"), {})
    today = table(A, column("c"), analyze=["a", "c"], description="today")
    found = contract_as_published("fct_sales", published, today)
    assert [(c.name, c.type) for c in found.columns] == [("a", "string"), ("b", "decimal(18,4)")]
    assert found.analyze == ["a"] and found.description == "today"
    assert contract_as_published("gone", published, None).column_names == ["a", "b"]


def test_an_endpoint_names_host_and_port() -> None:
    assert host_and_port("hive2://node_1.example:10000") == host_and_port("hive2://node_1.example:10000/")
    assert host_and_port("hive2://127.0.0.1:443") == ("127.0.0.1", 443)


@pytest.mark.parametrize("endpoint", ["localhost:10000", "hive2://localhost", "jdbc:hive2://h:1", "hive2://h:1/db"])
def test_an_endpoint_is_a_host_and_a_port(endpoint: str) -> None:
    with pytest.raises(UsageError_, match="hive2://HOST:PORT"):
        EndpointDoor(endpoint)


@pytest.mark.parametrize(("is_there", "sent"), [(True, 1), (False, 2)])
def test_an_unclear_answer_is_sent_again_only_where_it_had_no_effect(is_there: bool, sent: int) -> None:
    class LosingDoor:
        def __init__(self) -> None:
            self.statements: list[str] = []

        def execute(self, statement: str) -> list[tuple[Any, ...]]:
            self.statements.append(statement)
            if len(self.statements) == 1:
                raise UnclearAnswerError("lost")
            return []

        def close(self) -> None: ...

    door = LosingDoor()
    ensure(door, "create", lambda: is_there)
    assert len(door.statements) == sent
