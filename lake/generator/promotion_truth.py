"""What the ledger says of promotions and campaigns: clean rows, and the effect that each promotion has."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from lake.generator.catalogue import FIRST_ID as FIRST_PRODUCT
from lake.generator.catalogue import leaf_id
from lake.generator.clock import Clock, iso
from lake.generator.defects import Entry
from lake.generator.promotions import ANNOUNCED, Promotion, Promotions
from lake.generator.truth import dates, moments, money


def promotion_rows(promotions: Promotions, clock: Clock, day: int, first: bool) -> dict[str, Any]:
    """Promotions that the day's list names for the first time, or another end than before; the `first` day's all."""
    known = promotions.announced(day)
    news = [one for one in known if first or one.first == day + ANNOUNCED or (one.endless and day == one.last + 1)]
    ends = [-1 if one.endless and day <= one.last else clock.midnight(one.last + 1) for one in news]
    values = [one.value if one.kind == "amount" else 100 * one.value for one in news]
    scope = [[leaf_id(leaf) for leaf in one.leaves] for one in news]
    products = [[*(FIRST_PRODUCT + position for position in one.products), *one.unknown] for one in news]
    return {
        "id": [one.id for one in news], "name": [one.name for one in news], "type": [one.kind for one in news],
        "value": money(np.array(values, dtype=np.int64)),
        "starts_at": moments(np.array([clock.midnight(one.first) for one in news], dtype=np.int64)),
        "ends_at": moments(np.array(ends, dtype=np.int64)), "code": pa.array([one.code for one in news], pa.string()),
        "scope_categories": pa.array(scope, pa.list_(pa.int64())),
        "scope_products": pa.array(products, pa.list_(pa.int64())),
        "budget_amount": money(np.array([one.budget for one in news], dtype=np.int64)),
    }  # fmt: skip


def campaign_rows(promotions: Promotions, day: int, first: bool) -> dict[str, Any]:
    """Campaigns that the day's list names for the first time; the `first` day's all."""
    before = {one.id for one in promotions.planned_campaigns(day - 1)} if not first else set()
    news = [one for one in promotions.planned_campaigns(day) if one.id not in before]
    advertised = [None if one.promotion is None else promotions.promotion(one.promotion).id for one in news]
    return {
        "id": [one.id for one in news], "platform": [one.platform for one in news],
        "starts_on": dates(np.array([one.first for one in news], dtype=np.int64)),
        "ends_on": dates(np.array([one.last for one in news], dtype=np.int64)),
        "hashtag": [one.hashtag for one in news], "promotion_id": pa.array(advertised, pa.string()),
        "budget_amount": money(np.array([one.budget for one in news], dtype=np.int64)),
        "budget_currency": [one.currency for one in news],
    }  # fmt: skip


def effects(promotions: Promotions, day: int) -> list[Entry]:
    """On the first day of each promotion: what it does to sales and visits of its scope, and to the mood."""
    leaf, active = promotions.catalogue.leaf(day), promotions.active(day)
    on_sale = promotions.catalogue.shelf(day).on_sale
    name, found = f"promotions_{iso(day)}.json", []
    for one in (each for each in active if each.first == day):
        inside = one.covers(leaf) & on_sale
        detail = {
            "first": iso(one.first), "last": iso(one.last), "sales_percent": one.sales_percent,
            "visits_percent": one.visits_percent, "mood": one.mood / 100,
            "products": (FIRST_PRODUCT + np.flatnonzero(inside)).tolist(),
        }  # fmt: skip
        found.append(Entry(day, "promotions", name, "promotion_effect", "none", "", None, one.id, detail))
        if one.endless:
            found.append(Entry(day, "promotions", name, "missing_end", "accepted", "", None, one.id))
        if one.unknown:
            unknown = {"products": list(one.unknown)}
            found.append(Entry(day, "promotions", name, "unknown_product", "warned", "", None, one.id, unknown))
        others = [other.id for other in active if _overlap(one, other, inside, other.covers(leaf) & on_sale)]
        if others:
            found.append(Entry(day, "promotions", name, "overlap", "accepted", "", None, one.id, {"with": others}))
    return found


def _overlap(one: Promotion, other: Promotion, inside: Any, inside_other: Any) -> bool:
    return one is not other and bool((inside & inside_other).any())
