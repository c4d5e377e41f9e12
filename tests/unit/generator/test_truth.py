"""The ledger against the files: a plain reader of the bytes finds the clean rows, and every defect, that it names."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lake.generator import truth
from tests.oracle import landing as oracle
from tests.oracle.landing import decimal, integer, moment, required, text
from tests.unit.generator.conftest import FIRST, Written

PROJECT = Path(__file__).resolve().parents[3]
ORDERS = {
    "id_order": required(integer), "id_customer": integer, "guest_email": text, "order_date": moment, "status": text,
    "channel": text, "payment_method": text, "country": text, "currency": text, "coupon_code": text,
    "promotion_id": text, "items_amount": decimal, "discount_amount": decimal, "shipping_amount": decimal,
    "tax_amount": decimal, "total_amount": decimal, "updated_at": moment,
}  # fmt: skip
LINES = {
    "id_order_item": required(integer), "id_order": integer, "line_number": integer, "id_product": integer,
    "quantity": integer, "unit_price": decimal, "discount_amount": decimal, "promotion_id": text,
    "tax_amount": decimal, "updated_at": moment,
}  # fmt: skip
PAYMENTS = {
    "id_payment": required(integer), "id_order": integer, "attempt": integer, "payment_method": text, "status": text,
    "amount": decimal, "currency": text, "paid_at": moment, "updated_at": moment,
}  # fmt: skip
CUSTOMERS = {
    "id_customer": integer, "email": text, "first_name": text, "last_name": text, "signup_date": oracle.day,
    "country": text, "city": text, "sex": text, "birth_date": oracle.day, "social_handle": text, "updated_at": moment,
}  # fmt: skip
PRODUCTS = {
    "id_product": integer, "name": text, "id_category": integer, "brand": text, "unit_price": decimal,
    "currency": text, "status": text, "tag": text, "updated_at": moment,
}  # fmt: skip
CATEGORIES = {"id_category": integer, "name": text, "id_parent": integer}
RETURNS = {
    "return_id": text, "id_order": integer, "id_order_item": integer, "returned_at": oracle.local_minute,
    "id_product": integer, "quantity": integer, "refund_amount": oracle.decimal_comma,
    "refund_tax": oracle.decimal_comma, "currency": text, "reason": text, "comment": text,
}  # fmt: skip
RATES = {"rate_date": oracle.day, "base_currency": text, "quote_currency": text, "rate": decimal}
BLACKLIST = {"email": text, "listed_from": oracle.day, "listed_until": oracle.day, "reason": text}
ADS = {
    "campaign_id": text, "day": oracle.day, "platform": text, "impressions": integer, "clicks": integer,
    "conversions": integer, "spend": decimal, "currency": text,
}  # fmt: skip
LOYALTY = {
    "signup_at": moment, "email": str.strip, "first_name": text, "last_name": text, "country": text,
    "consent": lambda word: word in ("oui", "ja", "sí", "yes"),
}  # fmt: skip


def without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def quarantined(shop: Written, feed: str) -> list[tuple[str, int | None]]:
    return sorted(
        (row["day"].isoformat(), row["record_number"])
        for row in shop.ledger()
        if row["feed"] == feed and row["fate"] == "quarantined"
    )


@pytest.mark.parametrize(
    ("entity", "table", "casts"),
    [
        ("orders", "orders", ORDERS), ("order_items", "order_items", LINES), ("payments", "payments", PAYMENTS),
        ("customers", "customers", CUSTOMERS), ("products", "product", PRODUCTS),
        ("categories", "categories", CATEGORIES),
    ],
)  # fmt: skip
def test_the_database_holds_the_true_rows_and_the_declared_defects(
    shop: Written, entity: str, table: str, casts: dict[str, oracle.Cast]
) -> None:
    found = oracle.table(shop.landing, table, truth.KEYS[entity], casts)
    expected = {key: without(row, "day") for key, row in shop.current(entity).items()}
    assert found.rows == expected
    refused = [day for day, _ in found.refused]
    assert sorted(refused) == [day for day, _ in quarantined(shop, entity)]
    assert len(expected) >= 40


def test_returns_are_the_true_ones(shop: Written) -> None:
    found = oracle.delimited(
        shop.landing, "returns", ";", "cp1252", lambda day, number, row: row["return_id"], RETURNS, once=True
    )
    assert found.rows == {key: without(row, "day") for key, row in shop.current("returns").items()}
    assert sorted(found.refused) == quarantined(shop, "returns")
    assert len(found.rows) > 40 and found.refused


def test_rates_blacklist_advertising_and_sign_ups_are_the_true_ones(shop: Written) -> None:
    rates = oracle.delimited(
        shop.landing,
        "fx_rates",
        ",",
        "utf-8",
        lambda d, n, row: f"{row['rate_date']}|EUR|{row['quote_currency']}",
        RATES,
    )
    assert rates.rows == {key: without(row, "day", "fx_rate_id") for key, row in shop.current("fx_rates").items()}
    listed = oracle.delimited(shop.landing, "blacklist", ",", "utf-8", lambda d, number, row: number - 1, BLACKLIST)
    assert listed.rows == {key: without(row, "day", "blacklist_id") for key, row in shop.current("blacklist").items()}
    ads = oracle.delimited(
        shop.landing, "ad_stats", ",", "utf-8", lambda d, number, row: f"{row['campaign_id']}|{row['day']}", ADS
    )
    expected = {
        key: {"day": row["stat_date"], **without(row, "day", "ad_stat_id", "stat_date")}
        for key, row in shop.current("ad_stats").items()
    }
    assert ads.rows == expected
    joined = oracle.delimited(
        shop.landing, "loyalty", ",", "utf-8-sig", lambda day, number, row: f"{day}#{number}", LOYALTY
    )
    current = shop.current("loyalty")
    assert joined.rows == {key: without(row, "day", "loyalty_id", "canonical_email") for key, row in current.items()}


def test_interactions_are_the_true_ones_once_their_encoding_is_mended(shop: Written) -> None:
    found = oracle.json_lines(shop.landing, "social", lambda row: row["id"])
    expected = shop.current("social_interactions")
    garbled = {(row["day"], row["key"]) for row in shop.ledger("mojibake")}
    assert found.rows.keys() == expected.keys()
    mended = 0
    for key, row in found.rows.items():
        true = expected[key]
        said = row["text"]
        if said != true["text"]:
            said, mended = said.encode("cp1252").decode(), mended + 1
            assert (true["day"], key) in garbled
        assert said == true["text"]
        assert (moment(row["created_at"]), moment(row["edited_at"])) == (true["created_at"], true["edited_at"])
        assert (row["author"]["handle"], row["parent_id"]) == (true["author_handle"], true["parent_id"])
        assert (row["tags"], row["mentions"]["products"]) == (true["tags"], true["mentioned_products"])
    assert mended and sorted(found.refused) == quarantined(shop, "social_interactions")


def test_scores_are_the_true_ones(shop: Written) -> None:
    found = oracle.json_lines(shop.landing, "sentiments", lambda row: f"{row['interaction_id']}|{row['version']}")
    for row in found.rows.values():
        row["scored_at"] = moment(row["scored_at"])
    assert found.rows == {key: without(row, "day", "sentiment_id") for key, row in shop.current("sentiments").items()}
    assert found.refused and sorted(found.refused) == quarantined(shop, "sentiments")


LINE = re.compile(r'(\S+) - (\S+) \[([^\]]+)\] "GET (\S+) HTTP/1\.1" (\d+) \d+ "-" "([^"]*)"')


def test_the_web_log_is_the_true_one(shop: Written) -> None:
    found, refused = {}, []
    for day, path in oracle.files(shop.landing, "access"):
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            if not (parts := LINE.fullmatch(line)):
                refused.append((day, number))
                continue
            address, visitor, at, asked, status, _ = parts.groups()
            local = datetime.strptime(at, "%d/%b/%Y:%H:%M:%S %z")
            assert local.date().isoformat() == day
            found[f"{day}#{number}"] = (address, visitor, local.astimezone(UTC), asked, int(status))
    names = ("client_address", "visitor", "requested_at", "path", "status")
    assert found == {key: tuple(row[name] for name in names) for key, row in shop.current("web_hits").items()}
    assert refused and sorted(refused) == quarantined(shop, "web_log")


def test_promotions_and_campaigns_are_the_true_ones(shop: Written) -> None:
    last = max(day for day, _ in oracle.files(shop.landing, "promotions"))
    document = json.loads((shop.landing / f"promotions_{last}.json").read_text(encoding="utf-8"))
    current = shop.current("promotions")
    assert [item["id"] for item in document["promotions"]] == list(current)
    for item in document["promotions"]:
        row = current[item["id"]]
        assert (item["name"], item["type"], item["code"]) == (row["name"], row["type"], row["code"])
        assert (moment(item["starts_at"]), moment(item["ends_at"])) == (row["starts_at"], row["ends_at"])
        assert decimal(item["value"]) == row["value"] and decimal(item["budget"]["amount"]) == row["budget_amount"]
        assert item["scope"]["categories"] == row["scope_categories"]
        assert [product["id"] for product in item["scope"]["products"]] == row["scope_products"]
    campaigns = json.loads((shop.landing / f"campaigns_{last}.json").read_text(encoding="utf-8"))["campaigns"]
    assert [item["id"] for item in campaigns] == list(shop.current("campaigns"))


@pytest.mark.parametrize("name", ["promotions", "campaigns"])
def test_each_days_list_names_what_is_known_by_then(shop: Written, name: str) -> None:
    known = truth.versions(shop.truth, name).to_pylist()
    for day, path in oracle.files(shop.landing, name):
        listed = [item["id"] for item in json.loads(path.read_text(encoding="utf-8"))[name]]
        assert sorted(listed) == sorted({row["id"] for row in known if row["day"].isoformat() <= day})


def test_the_ledger_has_every_class_that_the_documentation_names(shop: Written) -> None:
    page = (PROJECT / "docs/demo-shop.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `(\w+)` \|", page.split("## The ledger")[1], re.MULTILINE))
    assert named == {row["class"] for row in shop.ledger()}


def test_duplicates_are_copies_and_late_rows_lie_behind_the_mark_but_not_behind_their_own(shop: Written) -> None:
    last_seen: dict[tuple[str, int], str] = {}
    behind: Counter[tuple[str, str, str]] = Counter()
    for day, path in oracle.files(shop.landing, "shop"):
        with closing(sqlite3.connect(path)) as source:
            for table, key in (("orders", "id_order"), ("order_items", "id_order_item"), ("payments", "id_payment")):
                standing = {each for (each,) in source.execute(f"select {key} from {table}_keys")}
                for identity, updated in source.execute(f"select {key}, updated_at from {table}"):
                    if not isinstance(identity, int):
                        continue
                    assert identity in standing
                    before = last_seen.get((table, identity), "")
                    assert updated >= before
                    last_seen[table, identity] = updated
                    local = moment(updated).astimezone(oracle.PARIS).date().isoformat()  # type: ignore[union-attr]
                    if local < day:
                        behind[day, table, str(identity)] += 1
                    assert local <= day
    named = {(row["day"].isoformat(), row["feed"], row["key"]) for row in shop.ledger("behind_mark")}
    assert set(behind) <= named and len(behind) > 10
    duplicates = [row for row in shop.ledger("duplicate") if row["feed"] == "returns"]
    assert duplicates
    for row in duplicates:
        content = (shop.landing / row["file"]).read_bytes().decode("cp1252")
        records = list(csv.reader(io.StringIO(content, newline=""), delimiter=";"))
        assert records[row["record_number"]] == records[json.loads(row["detail"])["of_record"]]


def test_money_adds_up_to_the_cent(shop: Written) -> None:
    """Lines give the order's sums; what was captured less refunds is what the order costs less what came back."""
    orders = shop.current("orders")
    lines: dict[int, list[dict[str, Any]]] = {}
    for row in shop.current("order_items").values():
        lines.setdefault(row["id_order"], []).append(row)
    paid: Counter[tuple[int, str]] = Counter()
    for row in shop.current("payments").values():
        if row["status"] in ("captured", "refunded"):
            paid[row["id_order"], row["status"]] += row["amount"]
    back: Counter[int] = Counter()
    latest = {key: order["updated_at"].date() for key, order in orders.items()}
    for row in shop.current("returns").values():
        order_id = row["id_order_item"] // 100
        back[order_id] += row["refund_amount"]
        taxed = orders.get(order_id, {}).get("tax_amount", 0) > 0
        assert 0 < row["refund_tax"] < row["refund_amount"] if taxed else row["refund_tax"] >= 0
        latest[order_id] = max(latest.get(order_id, FIRST), row["returned_at"].date())
    spoilt = {row["key"].lstrip("R") for row in shop.ledger() if row["fate"] == "quarantined" and row["key"]}
    incomplete = {key[:6] for key in spoilt if key.isdigit()}
    checked = Counter[str]()
    for key, order in orders.items():
        if str(key) in incomplete or key not in lines:
            continue
        gross = sum(line["quantity"] * line["unit_price"] for line in lines[key])
        assert gross == order["items_amount"]
        assert sum(line["discount_amount"] for line in lines[key]) == order["discount_amount"]
        assert sum(line["tax_amount"] for line in lines[key]) == order["tax_amount"]
        total = gross - order["discount_amount"] + order["shipping_amount"] + order["tax_amount"]
        assert order["total_amount"] == total
        checked["sums"] += 1
        if (shop.days[-1] - latest[key]).days > 7:
            due = 0 if order["status"] == "cancelled" else total - back[key]
            assert paid[key, "captured"] + paid[key, "refunded"] == due
            checked[order["status"]] += 1
    assert checked["sums"] > 900 and checked["delivered"] > 400 and checked["cancelled"] and checked["returned"]
