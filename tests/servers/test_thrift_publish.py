"""Publication through a HiveServer2 endpoint, from a session that has no metastore of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lake.errors import EnvironmentError_, ReleaseError
from lake.io.hive import EndpointDoor
from lake.pipelines import publish as publishing
from lake.pipelines.publish import publish
from lake.pipelines.rollback import rollback
from tests.e2e.published_shop import PublishedShop, sale
from tests.servers.conftest import ServedShop


@pytest.fixture
def shop(
    spark: SparkSession, tmp_path: Path, gift_shop: ServedShop, monkeypatch: pytest.MonkeyPatch
) -> Iterator[PublishedShop]:
    found = PublishedShop(spark, tmp_path, "remote", prefix="t_")
    monkeypatch.setattr(publishing, "balances_to_publish", found.balances_to_publish)
    found.add_balance("sales", "order_lines", "quarantined", 1)
    found.curate_sales(sale("a1", "a", "10.5", "2024-01"), sale("b1", "b", "7", "2024-02"))
    found.curate_countries("France")
    yield found
    door = EndpointDoor(gift_shop.address)
    for (name,) in door.execute("show databases like 't_remote*'"):
        door.execute(f"drop database {name} cascade")
    door.close()


def test_releases_are_made_switched_and_brought_back_through_the_endpoint(
    shop: PublishedShop, gift_shop: ServedShop
) -> None:
    def sold(database: str) -> dict[str, str]:
        query = "select order_line_id, cast(net_amount as string) from fct_sales order by 1"
        return dict(gift_shop.ask(query, database))

    assert publish(shop.run(endpoint=gift_shop.address)).number == 1
    assert sold("t_remote") == {"a1": "10.5000", "b1": "7.0000"}
    shop.curate_sales(sale("b1", "b", "8", "2024-02"), where="sale_month = '2024-02'")
    assert publish(shop.run(endpoint=gift_shop.address)).tables == {"fct_sales": ("2024-02",)}
    assert sold("t_remote")["b1"] == sold("t_remote_r000002")["b1"] == "8.0000"
    assert publish(shop.run(endpoint=gift_shop.address)).skipped is not None
    rollback(shop.run(endpoint=gift_shop.address), 1)
    assert sold("t_remote")["b1"] == "7.0000"
    assert gift_shop.ask("select release_number from releases where is_live", "t_remote") == [(1,)]
    assert shop.rows("show databases like 't_remote*'") == [], "the session's own catalog stays empty"


def test_the_server_uses_the_buckets_that_the_session_wrote(shop: PublishedShop, gift_shop: ServedShop) -> None:
    publish(shop.run(endpoint=gift_shop.address))
    plan = gift_shop.ask("explain select order_id, count(*) from fct_sales group by order_id", "t_remote")[0][0]
    assert "Bucketed: true" in plan and "Exchange" not in plan
    assert gift_shop.ask("select count(*) from fct_sales where order_id = 'b'", "t_remote") == [(1,)]


def test_a_statement_that_the_server_refuses_is_one_message_with_its_reason(gift_shop: ServedShop) -> None:
    door = EndpointDoor(gift_shop.address)
    with pytest.raises(ReleaseError, match=r"refused: .*TABLE_OR_VIEW_NOT_FOUND.*statement: select \* from nothing"):
        door.execute("select * from nothing")
    assert door.execute("select 1") == [(1,)], "the connection goes on"
    door.close()


def test_a_missing_server_is_one_message_that_says_how_to_start_it() -> None:
    with pytest.raises(EnvironmentError_, match=r"no HiveServer2 answers at hive2://127\.0\.0\.1:1 .*start thrift"):
        EndpointDoor("hive2://127.0.0.1:1").execute("select 1")
