"""The trials against the files of the same shop."""

from __future__ import annotations

from collections import Counter

from tests.oracle.promotion_trials import simulated
from tests.unit.generator.conftest import DAYS, Written


def test_trials_count_what_the_files_hold(shop: Written) -> None:
    found = simulated(shop.parameters, DAYS)
    effects = {row["key"] for row in shop.ledger("promotion_effect")}
    assert {promotion.id for promotion in found.promotions} <= effects and len(found.promotions) > 3
    posts: Counter[int] = Counter()
    for row in shop.current("social_interactions").values():
        posts[row["about_product"]] += row["about_product"] is not None and row["kind"] in ("post", "comment")
    refused = len([row for row in shop.ledger() if row["feed"] == "social_interactions" and row["fate"] != "none"])
    del posts[None]  # type: ignore[arg-type]
    assert 0 <= sum(one.product is not None for one in found.said) - sum(posts.values()) <= refused
    sold = Counter(row["id_product"] for row in shop.current("order_items").values())
    quarantined = len([row for row in shop.ledger() if row["feed"] == "order_items" and row["fate"] == "quarantined"])
    deleted = len([row for row in shop.ledger("hard_delete") if row["feed"] == "order_items"])
    assert 0 <= int(found.lines.sum()) - sum(sold.values()) <= quarantined + deleted
    for product, count in sold.items():
        assert count <= found.lines[:, product - 100].sum() <= found.units[:, product - 100].sum()
    seen = Counter(
        row["path"].split("?")[0].removeprefix("/product/")
        for row in shop.current("web_hits").values()
        if row["path"].startswith("/product/") and not row["is_bot"]
    )
    assert abs(found.views.sum() - sum(seen.values())) < 0.5 * sum(seen.values())
