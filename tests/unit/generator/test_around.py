"""What the sources around the shop do: advertising, programs in the web log, rates, posts, sign-ups, the blacklist."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from lake.errors import UsageError_
from lake.generator.demo_shop import generate
from lake.generator.rates import Blacklist
from lake.generator.truth import truth_folder, versions
from tests.oracle import landing as oracle
from tests.unit.generator.conftest import FIRST, Written
from tests.unit.generator.test_realism import DAYS, EPOCH, lived_through, mailbox


def test_figures_of_advertising_are_exported_three_times_and_grow(shop: Written) -> None:
    exported: dict[tuple[str, str], list[tuple[str, int, int]]] = defaultdict(list)
    for day, path in oracle.files(shop.landing, "ad_stats"):
        with path.open(encoding="utf-8") as lines:
            for row in csv.DictReader(lines):
                assert 0 <= (date.fromisoformat(day) - date.fromisoformat(row["day"])).days <= 2
                exported[row["campaign_id"], row["day"]].append((day, int(row["impressions"]), int(row["clicks"])))
    whole = [found for found in exported.values() if len(found) == 3]
    assert len(whole) > 10 and all(len(found) <= 3 for found in exported.values())
    for first, second, third in whole:
        assert first[1] < second[1] < third[1]
        assert first[1] / third[1] == pytest.approx(0.8, abs=0.01)
    assert any(third[2] == 0 for _, _, third in whole)


def test_programs_are_in_the_log_every_day_and_named_in_the_ledger(shop: Written) -> None:
    named: Counter[tuple[date, str]] = Counter()
    for row in shop.ledger("bot"):
        named[row["day"], row["key"]] += json.loads(row["detail"])["hits"]
    found: Counter[tuple[date, str]] = Counter()
    kinds: dict[str, set[date]] = defaultdict(set)
    broken = sum(1 for row in shop.ledger("broken_line"))
    for row in shop.current("web_hits").values():
        if row["is_bot"]:
            assert row["visitor"] == "-"
            found[row["day"], row["client_address"]] += 1
            kinds[row["bot"]].add(row["day"])
        else:
            assert row["visitor"].startswith("v_")
    assert 0 <= sum((named - found).values()) <= broken and not found - named
    assert set(kinds) == {"declared", "undeclared", "long_lived"}
    assert kinds["long_lived"] == set(shop.days)


def test_an_order_of_the_web_ends_its_visit_at_its_own_moment(shop: Written) -> None:
    thanks = {row["path"]: row for row in shop.current("web_hits").values() if row["path"].endswith("/thanks")}
    orders = [row for row in shop.current("orders").values() if row["channel"] in ("web", "app")]
    missing = 0
    visitors: dict[int, set[str]] = defaultdict(set)
    for order in orders:
        hit = thanks.get(f"/order/{order['id_order']}/thanks")
        missing += hit is None
        if hit is not None:
            assert hit["requested_at"] == order["order_date"]
            visitors[order["id_customer"]].add(hit["visitor"])
    assert missing <= sum(1 for row in shop.ledger("broken_line"))
    del visitors[None]  # type: ignore[arg-type]
    assert all(len(cookies) == 1 for cookies in visitors.values()), "a customer keeps the cookie"


def test_rates_come_on_weekdays_move_little_and_a_few_are_revised(shop: Written) -> None:
    sent = {date.fromisoformat(day) for day, _ in oracle.files(shop.landing, "fx_rates")}
    assert sent == {day for day in shop.days if day.weekday() < 5}
    rows = versions(shop.truth, "fx_rates").to_pylist()
    by_key: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        by_key[row["fx_rate_id"]].append(row)
    revised = [found for found in by_key.values() if len(found) > 1]
    assert revised and len(revised) <= len(shop.ledger("revised_rate"))
    for before, after in (found[:2] for found in revised):
        assert before["rate_date"] < after["day"] and before["rate"] != after["rate"]
    last: dict[str, Any] = {}
    for row in (found[0] for found in by_key.values()):
        before = last.get(row["quote_currency"])
        if before is not None:
            assert abs(row["rate"] / before - 1) < 0.004
        last[row["quote_currency"]] = row["rate"]
    assert set(last) == {"GBP", "CHF", "USD"}


def test_posts_are_of_four_languages_with_accents_and_emoji_and_some_come_late(shop: Written) -> None:
    posts = list(shop.current("social_interactions").values())
    assert {row["lang"] for row in posts} == {"fr", "de", "es", "en"}
    text = "".join(row["text"] or "" for row in posts)
    assert {"é", "ß", "¡", "ñ", "…"} & set(text) >= {"é", "¡", "ñ"} and any(ord(letter) > 0x1F000 for letter in text)
    assert any(row["day"] > row["created_at"].date() + timedelta(days=1) for row in posts if row["edited_at"] is None)
    known = {
        row["social_handle"]: row["id_customer"] for row in shop.current("customers").values() if row["social_handle"]
    }
    for row in posts:
        if row["id_customer"] is not None and row["author_handle"] in known:
            assert known[row["author_handle"]] == row["id_customer"]
    written = {row["key"] for row in shop.ledger("sentiment")}
    scored = {row["interaction_id"] for row in shop.current("sentiments").values()}
    assert scored <= written and len(scored) < len(written)


def test_sign_ups_are_of_known_people_under_other_addresses(shop: Written) -> None:
    links = [row for row in shop.ledger("identity_link") if row["feed"] == "loyalty"]
    emails = {row["id_customer"]: row["email"] for row in shop.current("customers").values()}
    how: Counter[str] = Counter()
    for row in links:
        detail = json.loads(row["detail"])
        assert mailbox(row["key"]) == mailbox(detail["canonical_email"])
        if detail.get("id_customer") in emails:
            assert emails[detail["id_customer"]] == detail["canonical_email"]
        how[detail["variant"]] += 1
    assert {"", "case"} <= set(how) and any(json.loads(row["detail"])["spaces"] for row in links)
    became = [row for row in shop.ledger("identity_link") if '"registration"' in row["detail"]]
    guests = {json.loads(row["detail"])["guest"]: json.loads(row["detail"]) for row in shop.ledger("guest_order")}
    assert became
    for row in became:
        detail = json.loads(row["detail"])
        guest = guests[detail["guest"]]
        assert (guest["registers_on"], guest["canonical_email"]) == (row["day"].isoformat(), detail["email"])


def test_the_blacklist_is_dated_back_and_out() -> None:
    source, _, _ = lived_through()
    book = Blacklist(source.parameters, source.dice, source.customers)
    first_told: dict[int, tuple[int, tuple[int, str, int, int | None, str]]] = {}
    changed = set()
    for day in range(EPOCH, EPOCH + DAYS):
        for row in book.known(day):
            _, told = first_told.setdefault(row[0], (day, row))
            if row != told:
                assert (told[3], row[3], row[:3]) == (None, row[3], told[:3]) and (row[3] or 0) <= day
                changed.add(row[0])
    assert len(first_told) == (DAYS + 2) // 3 and changed
    assert any(row[2] < told_on for told_on, row in first_told.values()), "some are dated back"
    assert any(row[3] is not None for _, row in first_told.values()), "some ends are known at once"


def test_a_folder_holds_one_shop_only(shop: Written) -> None:
    with pytest.raises(UsageError_, match="holds another shop: seed is 11, not 12"):
        generate(replace(shop.parameters, seed=12), FIRST, 1, shop.landing)
    assert (truth_folder(shop.landing) / "parameters.json").is_file()
