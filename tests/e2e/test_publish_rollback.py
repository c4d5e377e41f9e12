"""Going back to an older release, the hold, and the way forward again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lake.errors import ReleaseError, ReleaseHoldError
from lake.io.hive import open_door
from lake.pipelines import publish as publishing
from lake.pipelines.publish import publish
from lake.pipelines.publishing.releases import State, read_history
from lake.pipelines.publishing.switching import drop_release
from lake.pipelines.rollback import resume, rollback
from tests.e2e.published_shop import PublishedShop, sale
from tests.e2e.test_publish_crashes import Killed, kill_at


@pytest.fixture
def shop(spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PublishedShop]:
    """Releases 1 and 2, the second with a dearer line and a table more."""
    found = PublishedShop(spark, tmp_path)
    monkeypatch.setattr(publishing, "balances_to_publish", found.balances_to_publish)
    found.add_balance("sales", "order_lines", "quarantined", 1)
    found.curate_sales(sale("a1", "a", "1", "2024-01"))
    country = found.tables.pop("dim_country")
    publish(found.run())
    found.tables["dim_country"] = country
    found.curate_countries("France")
    found.curate_sales(sale("a1", "a", "2", "2024-01"))
    publish(found.run())
    yield found
    found.drop_databases()


def test_a_rollback_shows_the_older_release_under_its_number_and_drops_views_it_lacks(shop: PublishedShop) -> None:
    assert "dim_country" in shop.shown()
    assert rollback(shop.run()).number == 1
    assert shop.sold() == {"a1": 1}
    assert "dim_country" not in shop.shown()
    assert shop.rows("select order_line_id from demo.fact_sales") == [("a1",)]
    assert "demo_r000001" in shop.rows("show create table demo.fact_sales")[0][0]
    listed = shop.rows("select release_number, state, is_live from demo.releases order by 1")
    assert listed == [(1, "live", True), (2, "retired", False)]


def test_a_rollback_holds_publication_until_it_is_resumed(shop: PublishedShop) -> None:
    rollback(shop.run(), 1)
    with pytest.raises(ReleaseHoldError, match=r"release 1 was brought back .*lake releases resume"):
        publish(shop.run())
    assert "would refuse (exit 4)" in publish(shop.run(plan=True)).text()
    assert shop.sold() == {"a1": 1}
    assert resume(shop.run()) is True
    assert shop.sold() == {"a1": 1}, "resume only clears the hold"
    assert publish(shop.run()).number == 3
    assert shop.sold() == {"a1": 2}
    assert "dim_country" in shop.shown()


def test_resume_without_a_hold_says_so(shop: PublishedShop) -> None:
    assert resume(shop.run()) is False


def test_only_a_retired_release_can_be_brought_back(shop: PublishedShop) -> None:
    with pytest.raises(ReleaseError, match="release 2 is live; there are 1 to go back to"):
        rollback(shop.run(), 2)
    with pytest.raises(ReleaseError, match="there is no release 7; known are 1, 2"):
        rollback(shop.run(), 7)
    run = shop.run()
    history = read_history(run)
    drop_release(run, open_door(shop.spark, None), history, history.get(1), "it expired")
    with pytest.raises(ReleaseError, match=r"release 1 was dropped \(it expired\)"):
        rollback(shop.run(), 1)
    assert int(ReleaseError.exit_code) == 3 and int(ReleaseHoldError.exit_code) == 4
    assert read_history(shop.run()).hold is None


def test_the_database_that_views_read_is_never_dropped(shop: PublishedShop) -> None:
    run = shop.run()
    history = read_history(run)
    with pytest.raises(ReleaseError, match=r"demo_r000002 is read by the views .*fct_sales"):
        drop_release(run, open_door(shop.spark, None), history, history.get(2), "by mistake")
    assert shop.sold("demo_r000002") == {"a1": 2}


@pytest.mark.parametrize("point", ["publish:view_switched", "publish:live"])
def test_a_rollback_that_was_killed_is_finished_by_the_next_run_and_still_holds(
    shop: PublishedShop, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    kill_at(monkeypatch, point)
    with pytest.raises(Killed):
        rollback(shop.run(), 1)
    kill_at(monkeypatch, None)
    with pytest.raises(ReleaseHoldError):
        publish(shop.run())
    assert shop.sold() == shop.sold("demo_r000001") == {"a1": 1}
    live = read_history(shop.run()).in_state(State.LIVE, State.SWITCHING)
    assert [release.number for release in live] == [1]


def test_forward_again_is_a_rollback_to_the_newer_number(shop: PublishedShop) -> None:
    rollback(shop.run(), 1)
    assert rollback(shop.run(), 2).number == 2
    assert shop.sold() == {"a1": 2}
