"""Adding two currencies is impossible by construction: every sum of amounts in the models keeps them apart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

SQL = Path(__file__).resolve().parents[2] / "lake/sql"
MODELS = sorted(SQL.glob("*/*.sql"))
ADDING = (exp.Sum, exp.Avg)
IS_ONE_CURRENCY = {
    # the order is part of the group, and all its amounts are in one currency: only such lines are taken
    "views/sold_lines.sql": {"order_id"},
}


def sums_across_currencies(text: str, apart: frozenset[str] = frozenset()) -> Iterator[str]:
    """Sums and averages of amounts whose group names no currency (`apart`: columns that imply one)."""
    for node in sqlglot.parse_one(text, dialect="spark").find_all(*ADDING):
        columns = {column.name for column in node.find_all(exp.Column)}
        amounts = {name for name in columns if name == "amount" or name.endswith(("_amount", "_price"))}
        if all(name.startswith("shop_") for name in amounts):
            continue
        if not _group(node) & ({"currency", "shop_currency"} | apart):
            yield node.sql(dialect="spark")


def _group(node: exp.Expression) -> set[str]:
    """Names of the columns that the sum is grouped or partitioned by."""
    select = node.find_ancestor(exp.Select)
    assert isinstance(select, exp.Select)
    window = node.find_ancestor(exp.Window)
    if window is not None and window.find_ancestor(exp.Select) is select:
        named = {found.this.name: found for found in select.args.get("windows") or []}
        parts = (named.get(window.alias, window)).args.get("partition_by") or []
    else:
        group = select.args.get("group")
        parts = group.expressions if group else []
    return {column.name for part in parts for column in part.find_all(exp.Column)}


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.relative_to(SQL).as_posix())
def test_every_sum_of_amounts_keeps_currencies_apart(path: Path) -> None:
    apart = frozenset(IS_ONE_CURRENCY.get(path.relative_to(SQL).as_posix(), set()))
    assert list(sums_across_currencies(path.read_text(encoding="utf-8"), apart)) == []


def test_a_sum_over_currencies_is_found() -> None:
    assert list(sums_across_currencies("select sum(net_amount) from fct_sales group by sale_month"))
    assert list(sums_across_currencies("select sum(a.net_amount) over (partition by a.order_id) from a"))
    assert list(sums_across_currencies("select sum(if(b, gross_amount, 0)) from a"))
    assert not list(sums_across_currencies("select sum(net_amount) from a group by m, currency"))
    assert not list(sums_across_currencies("select sum(shop_net_amount) from a group by m"))
    assert not list(sums_across_currencies("select sum(quantity) from a"))
