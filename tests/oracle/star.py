"""The star in plain Python: cleansed entity rows (dicts) in, all curated tables (lists of dicts) out.

Written after the rules, not after the SQL: no Spark, no shared code with `lake`. Amounts are Decimal, `_at` naive
UTC datetimes, `_date` dates. Rows have exactly the contract's columns; their order means nothing.
"""

from __future__ import annotations

import hashlib
import json
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from tests.oracle.marts import marts
from tests.oracle.orders import Rates, fx_rates, in_shop_currency, persons, sold_lines

Row = dict[str, Any]
FIRST = datetime(1900, 1, 1)
OPEN = {"valid_from_at": FIRST, "valid_to_at": None, "is_current": True, "is_deleted": False}
NONE_KNOWN: dict[str, None] = dict.fromkeys(("category_path", "list_price", "list_currency", "product_status"))
PRODUCT_ATTRIBUTES = ["product_name", "category", "subcategory", "brand"]
CUSTOMER_ATTRIBUTES = ["signup_date", "country", "city", "sex", "age_band", "income_band"]
HIDDEN_ATTRIBUTES = ["full_name", "email", "birth_date", "social_handle"]
"""They open versions and are not shown."""


def star(
    order_lines: Sequence[Row],
    returns: Sequence[Row],
    products: Sequence[Row],
    customers: Sequence[Row],
    currency: str,
    orders: Sequence[Row] = (),
    rates: Sequence[Row] = (),
) -> dict[str, list[Row]]:
    """Every curated table by its name, as far as these entities make it; `currency` is the shop's."""
    named = [line for line in [*order_lines, *returns, *orders] if line.get("deleted_at") is None]
    lines = [line for line in named if "product_id" in line]
    sold = sold_lines(order_lines, orders)
    back = [line for line in returns if line.get("deleted_at") is None]
    days = [line[name] for line in named for name in ("order_date", "return_date") if line.get(name) is not None]
    days += [rate["rate_date"] for rate in rates]
    last = [r[n] for r in [*order_lines, *orders, *returns] for n in ("order_date", "return_date") if r.get(n)]
    by_day = fx_rates(rates, max([*last, *(rate["rate_date"] for rate in rates)], default=date.min))
    tables = {
        "dim_date": calendar(days),
        "dim_country": countries([*named, *customers]),
        "dim_product": product_members(products, lines),
        "dim_customer": customer_members(customers, named),
        "fct_fx_rates": by_day,
    }
    known = {(r["base_currency"], r["rate_date"]): r["fx_rate"] for r in by_day if r["quote_currency"] == currency}
    tables["fct_sales"] = [
        row
        | {name: line.get(name) for name in ("tax_amount", "shipping_amount")}
        | {"order_key": durable_key(line["order_id"]), "promotion_key": durable_key(line.get("promotion_id"))}
        | {**in_shop_currency(line, line["order_date"], currency, known), "is_blacklisted": False}
        for line, row in facts(sold, tables, "order_line_id", "ordered_at", "order_date", "order_month", "sale_month")
    ]
    tables["fct_returns"] = returned(back, tables, currency, known)
    return tables | marts(tables)


def returned(back: Sequence[Row], tables: Mapping[str, list[Row]], currency: str, rates: Rates) -> list[Row]:
    """fct_returns: what a return does not say is that of its sale."""
    sales = {sale["order_line_id"]: sale for sale in tables["fct_sales"]}
    names = ("return_line_id", "returned_at", "return_date", "return_month", "return_month")
    customer_as_of = _as_of(tables["dim_customer"], "customer")
    rows = []
    for line, row in facts(back, tables, *names):
        sale = sales.get(line.get("order_line_id"), {})
        if line["customer_id"] is None and sale:
            key = sale["customer_key"]
            row |= {"customer_key": key, "customer_version_key": customer_as_of(key, line["returned_at"])}
        row |= {"country_key": sale["country_key"]} if line["country"] is None and sale else {}
        row |= {"channel": sale["channel"]} if line["channel"] is None and sale else {}
        row |= {n: line.get(n) for n in ("order_line_id", "return_reason", "tax_amount", "shipping_amount")}
        row |= {"order_key": durable_key(line["order_id"]), "promotion_key": sale.get("promotion_key", -1)}
        row |= {"sale_date": sale.get("order_date"), **in_shop_currency(line, line["return_date"], currency, rates)}
        rows.append(row)
    return rows


def durable_key(*parts: str | None) -> int:
    """The key of a member out of its business key, -1 when the id (the last part) is not known."""
    if parts[-1] is None:
        return -1
    return int(hashlib.sha256(_json_array(parts).encode()).hexdigest()[:15], 16)


def version_key(parts: Sequence[str | None], effective_at: datetime) -> int:
    """The key of the version of a member that truly starts at `effective_at` (UTC)."""
    since = effective_at - datetime(1970, 1, 1)
    return durable_key(_json_array(parts), str(since // timedelta(microseconds=1)))


def _json_array(parts: Sequence[str | None]) -> str:
    """JSON without blanks; only quotes, backslashes and control characters are escaped (\\u001F)."""
    text = json.dumps(list(parts), ensure_ascii=False, separators=(",", ":"))
    return re.sub(r"(?<!\\)((?:\\\\)*)\\u00([01][0-9a-f])", lambda m: f"{m[1]}\\u00{m[2].upper()}", text)


def member_versions(history: Iterable[Row], key: Sequence[str], tracked: Sequence[str]) -> list[Row]:
    """SCD2 by replaying each member's life; a deletion wins over a row of the same moment or to come."""
    lives: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in history:
        lives[tuple(row[name] for name in key)].append(row)
    found = []
    for member, rows in lives.items():
        first = min(row["effective_at"] for row in rows)
        deletions = {row["deleted_at"] for row in rows if row.get("deleted_at") is not None}
        never_held = {r["effective_at"] for r in rows if r.get("deleted_at") and r["deleted_at"] < r["effective_at"]}
        rows = [row for row in rows if row["effective_at"] == first or row["effective_at"] not in never_held]
        states = {row["effective_at"]: {name: row.get(name) for name in tracked} for row in rows}
        deletions |= {first} & never_held
        life: list[Row] = []
        is_open = False
        for moment in sorted({*states, *deletions}):
            attributes = states.get(moment)
            deleted = moment in deletions
            if attributes is not None and (not deleted or not life):
                if is_open and all(life[-1][name] == attributes[name] for name in tracked):
                    pass
                else:
                    if is_open:
                        life[-1]["valid_to_at"] = moment
                    life.append(
                        {
                            **dict(zip(key, member, strict=True)),
                            **attributes,
                            "effective_at": moment,
                            "valid_from_at": moment if life else min(FIRST, moment),
                            "valid_to_at": None,
                            "is_current": False,
                            "is_deleted": False,
                        }
                    )
                    is_open = True
            if deleted and is_open:
                life[-1] |= {"valid_to_at": moment, "is_deleted": True}
                is_open = False
        life[-1]["is_current"] = True
        found += life
    return found


def product_members(products: Sequence[Row], lines: Sequence[Row]) -> list[Row]:
    """dim_product: versions, inferred members, and the unknown one."""
    known = member_versions(products, ["product_id"], PRODUCT_ATTRIBUTES)
    named = {(line["product_id"],) for line in lines}
    rows = _members(known, named, ["product_id"], PRODUCT_ATTRIBUTES, "product")
    rows.append(_unknown(["product_id"], PRODUCT_ATTRIBUTES, ["product_key", "product_version_key"]))
    return [row | NONE_KNOWN | {"category_path": _path(row)} for row in rows]


def _path(product: Row) -> str | None:
    return " > ".join(name for name in (product["category"], product["subcategory"]) if name is not None) or None


def customer_members(customers: Sequence[Row], lines: Sequence[Row]) -> list[Row]:
    """dim_customer: versions, inferred members, and the unknown one; addresses link identities to persons."""
    key = ["customer_namespace", "customer_id"]
    known = member_versions(customers, key, [*CUSTOMER_ATTRIBUTES, *HIDDEN_ATTRIBUTES])
    known = [{name: value for name, value in row.items() if name not in HIDDEN_ATTRIBUTES} for row in known]
    named = {(line["customer_namespace"], line["customer_id"]) for line in lines if line["customer_id"] is not None}
    rows = _members(known, named, key, CUSTOMER_ATTRIBUTES, "customer")
    rows.append(_unknown(key, CUSTOMER_ATTRIBUTES, ["customer_key", "customer_version_key"]))
    held = [(*(row[name] for name in key), row["email"]) for row in customers if row.get("email") is not None]
    held += [(space, who, who) for space, who in named | {_id(row) for row in customers} if space == "email"]
    linked = persons([(durable_key(space, who), address) for space, who, address in held])
    return [row | {"person_key": linked.get(row["customer_key"], row["customer_key"])} for row in rows]


def _id(row: Row) -> tuple[str | None, str]:
    return row["customer_namespace"], row["customer_id"]


def _members(
    known: list[Row], named: set[tuple[Any, ...]], key: Sequence[str], tracked: Sequence[str], prefix: str
) -> list[Row]:
    described = {tuple(row[name] for name in key) for row in known}
    inferred = [
        dict(zip(key, member, strict=True)) | dict.fromkeys(tracked) | {"effective_at": FIRST, **OPEN}
        for member in named - described
    ]
    rows = []
    for row in [*(r | {"is_inferred": False} for r in known), *(r | {"is_inferred": True} for r in inferred)]:
        parts = [row[name] for name in key]
        keys = {
            f"{prefix}_key": durable_key(*parts),
            f"{prefix}_version_key": version_key(parts, row.pop("effective_at")),
        }
        rows.append(keys | row)
    return rows


def _unknown(key: Sequence[str], tracked: Sequence[str], keys: Sequence[str]) -> Row:
    return (
        dict.fromkeys(keys, -1) | dict.fromkeys(key, "unknown") | dict.fromkeys(tracked) | OPEN | {"is_inferred": False}
    )


def countries(rows: Iterable[Row]) -> list[Row]:
    """dim_country: every name that lines and customers carry, and the unknown one."""
    names = {row["country"] for row in rows} - {None}
    return [
        {"country_key": -1, "country": "unknown"},
        *({"country_key": durable_key(name), "country": name} for name in names),
    ]


def calendar(days: Sequence[date]) -> list[Row]:
    """dim_date: whole years from the first to the last day."""
    if not days:
        return []
    first, last = date(min(days).year, 1, 1), date(max(days).year, 12, 31)
    return [_day(first + timedelta(days=n)) for n in range((last - first).days + 1)]


def _day(day: date) -> Row:
    iso = day.isocalendar()
    quarter = {1: 1, 2: 1, 3: 1, 4: 2, 5: 2, 6: 2, 7: 3, 8: 3, 9: 3, 10: 4, 11: 4, 12: 4}[day.month]
    return {
        "date_key": int(day.strftime("%Y%m%d")),
        "calendar_date": day,
        "year": day.year,
        "quarter": quarter,
        "month_number": day.month,
        "day_of_month": day.day,
        "day_of_week": iso.weekday,
        "is_weekend": iso.weekday in (6, 7),
        "iso_year": iso.year,
        "iso_week": iso.week,
        "calendar_quarter": f"{day.year}-Q{quarter}",
        "calendar_month": day.isoformat()[:7],
    }


def facts(
    lines: Sequence[Row], tables: Mapping[str, list[Row]], line_id: str, at: str, day: str, month: str, partition: str
) -> list[tuple[Row, Row]]:
    """(line, row of fct_sales or fct_returns): the lines with the keys of their members as of the line's moment."""
    customer_as_of = _as_of(tables["dim_customer"], "customer")
    product_as_of = _as_of(tables["dim_product"], "product")
    copied = ("quantity", "unit_price", "gross_amount", "discount_amount", "net_amount", "currency")
    rows = []
    for line in lines:
        customer = durable_key(line["customer_namespace"], line["customer_id"])
        product = durable_key(line["product_id"])
        rows.append(
            {
                line_id: line[line_id],
                "order_id": line["order_id"],
                at: line[at],
                day: line[day],
                "date_key": int(line[day].strftime("%Y%m%d")),
                "customer_key": customer,
                "customer_version_key": customer_as_of(customer, line[at]),
                "product_key": product,
                "product_version_key": product_as_of(product, line[at]),
                "country_key": durable_key(line["country"]),
                "channel": line["channel"] if line["channel"] is not None else "unknown",
                **{name: line[name] for name in copied},
                partition: line[month],
            }
        )
    return list(zip(lines, rows, strict=True))


def _as_of(dimension: Sequence[Row], prefix: str) -> Any:
    """A function (durable key, moment) -> key of the last version that had started, else of the first."""
    lives: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
    for row in dimension:
        lives[row[f"{prefix}_key"]].append((row["valid_from_at"], row[f"{prefix}_version_key"]))
    for life in lives.values():
        life.sort()

    def find(key: int, moment: datetime) -> int:
        life = lives[key]
        return life[max(bisect_right(life, moment, key=lambda version: version[0]) - 1, 0)][1]

    return find
