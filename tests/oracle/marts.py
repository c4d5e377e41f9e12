"""The marts in plain Python, out of the star's dimensions and facts as lists of dicts; no code of `lake`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Row = dict[str, Any]
Tables = Mapping[str, list[Row]]
ZERO = Decimal("0.0000")


def marts(tables: Tables) -> dict[str, list[Row]]:
    """Every mart by its name."""
    lines = list(_labelled_lines(tables))
    return {
        "sales_by_day": sales_by_day(lines),
        "sales_by_month": sales_by_month(lines),
        "top_products": top_products(tables),
        "customers_by_country": customers_by_country(tables),
        "kpi_sheet": kpi_sheet(tables),
    }


def _labelled_lines(tables: Tables) -> Iterator[Row]:
    country = {row["country_key"]: row["country"] for row in tables["dim_country"]}
    category = {row["product_version_key"]: row["category"] for row in tables["dim_product"]}
    for table, day, month in (
        ("fct_sales", "order_date", "sale_month"),
        ("fct_returns", "return_date", "return_month"),
    ):
        for line in tables[table]:
            yield line | {
                "is_sale": table == "fct_sales",
                "calendar_date": line[day],
                "calendar_month": line[month],
                "country": country.get(line["country_key"], "unknown"),
                "category": category.get(line["product_version_key"]) or "unknown",
            }


def _measures(lines: list[Row]) -> Row:
    sold = [line for line in lines if line["is_sale"]]
    back = [line for line in lines if not line["is_sale"]]
    return {
        "units": _sum(sold, "quantity"),
        "order_count": len({line["order_id"] for line in sold}),
        "order_line_count": len(sold),
        "gross_amount": _sum(sold, "gross_amount"),
        "discount_amount": _sum(sold, "discount_amount"),
        "revenue_amount": _sum(sold, "net_amount"),
        "return_units": _sum(back, "quantity"),
        "return_line_count": len(back),
        "return_amount": _sum(back, "net_amount"),
    }


def _sum(lines: list[Row], name: str) -> Decimal:
    return sum((line[name] for line in lines), ZERO)


def _periods(month: str) -> list[tuple[str, str]]:
    year, number = month.split("-")
    return [("month", month), ("quarter", f"{year}-Q{(int(number) - 1) // 3 + 1}"), ("year", year)]


def sales_by_day(lines: list[Row]) -> list[Row]:
    """By local day, country, category, channel, currency."""
    names = ("calendar_date", "date_key", "calendar_month", "country", "category", "channel", "currency")
    groups = defaultdict(list)
    for line in lines:
        groups[tuple(line[name] for name in names)].append(line)
    return [dict(zip(names, group, strict=True)) | _measures(members) for group, members in groups.items()]


def sales_by_month(lines: list[Row]) -> list[Row]:
    """By local month, quarter and year, and country, category, channel, currency."""
    names = ("country", "category", "channel", "currency")
    groups = defaultdict(list)
    for line in lines:
        for period in _periods(line["calendar_month"]):
            groups[(*period, *(line[name] for name in names))].append(line)
    keys = ("period_type", "period", *names)
    return [dict(zip(keys, group, strict=True)) | _measures(members) for group, members in groups.items()]


def top_products(tables: Tables) -> list[Row]:
    """Rank = 1 + the number of products with more revenue; the first hundred ranks."""
    groups: dict[tuple[str, ...], dict[int, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for line in tables["fct_sales"]:
        for period in _periods(line["sale_month"]):
            groups[(*period, line["currency"])][line["product_key"]].append(line)
    product = {row["product_key"]: row for row in tables["dim_product"] if row["is_current"]}
    rows = []
    for (period_type, period, currency), sold in groups.items():
        revenue = {key: _sum(lines, "net_amount") for key, lines in sold.items()}
        rank_of: dict[Decimal, int] = {}
        for position, amount in enumerate(sorted(revenue.values(), reverse=True), start=1):
            rank_of.setdefault(amount, position)
        for key, lines in sold.items():
            rank = rank_of[revenue[key]]
            if rank > 100:
                continue
            rows.append(
                {
                    "period_type": period_type,
                    "period": period,
                    "currency": currency,
                    "revenue_rank": rank,
                    "product_key": key,
                    "product_id": product[key]["product_id"],
                    "product_name": product[key]["product_name"],
                    "category": product[key]["category"] or "unknown",
                    "units": _sum(lines, "quantity"),
                    "order_line_count": len(lines),
                    "revenue_amount": revenue[key],
                }
            )
    return rows


def people(tables: Tables) -> dict[int, Row]:
    """person_key -> the person's best values, whether all described identities are gone, sales and month of joining."""
    identities: dict[int, list[Row]] = defaultdict(list)
    for row in tables["dim_customer"]:
        if row["is_current"] and row["customer_key"] != -1:
            identities[row["person_key"]].append(row)
    sales: dict[int, list[Row]] = defaultdict(list)
    for line in tables["fct_sales"]:
        sales[line["customer_key"]].append(line)
    found = {}
    for person, rows in identities.items():
        rows.sort(
            key=lambda r: (r["is_deleted"], r["is_inferred"], r["customer_namespace"] == "email", r["customer_key"])
        )
        described = [row for row in rows if not row["is_inferred"]]
        lines = [line for row in rows for line in sales[row["customer_key"]]]
        signups = [row["signup_date"].isoformat()[:7] for row in rows if row["signup_date"] is not None]
        found[person] = {
            "country": next((row["country"] for row in rows if row["country"]), "unknown"),
            "is_deleted": bool(described) and all(row["is_deleted"] for row in described),
            "lines": lines,
            "joined_month": min(signups or [line["sale_month"] for line in lines], default=None),
        }
    return found


def customers_by_country(tables: Tables) -> list[Row]:
    """People by the first known country of their identities."""
    countries: dict[str, list[Row]] = defaultdict(list)
    for person in people(tables).values():
        countries[person["country"]].append(person)
    return [
        {
            "country": country,
            "customer_count": len(rows),
            "buyer_count": sum(bool(row["lines"]) for row in rows),
            "deleted_customer_count": sum(row["is_deleted"] for row in rows),
        }
        for country, rows in countries.items()
    ]


def kpi_sheet(tables: Tables) -> list[Row]:
    """Every figure of every month, under its id and its short name."""
    sold, back = tables["fct_sales"], tables["fct_returns"]
    joined = [person["joined_month"] for person in people(tables).values() if person["joined_month"]]
    values: dict[tuple[str, str, str, str], Decimal] = {}
    money = {(r["sale_month"], r["currency"]) for r in sold} | {(r["return_month"], r["currency"]) for r in back}
    for month, currency in money:
        sales = [r for r in sold if (r["sale_month"], r["currency"]) == (month, currency)]
        returned = [r for r in back if (r["return_month"], r["currency"]) == (month, currency)]
        values["chiffre_affaire_par_mois", month, "amount", currency] = _sum(sales, "net_amount")
        values["returns", month, "amount", currency] = _sum(returned, "net_amount")
        if orders := len({r["order_id"] for r in sales}):
            basket = (_sum(sales, "net_amount") / orders).quantize(ZERO, ROUND_HALF_UP)
            values["average_basket", month, "amount", currency] = basket
    months = {month for month, _ in money}
    for month in months:
        sales = [r for r in sold if r["sale_month"] == month]
        units = _sum(sales, "quantity")
        returned_units = _sum([r for r in back if r["return_month"] == month], "quantity")
        values["units", month, "count", "XXX"] = units
        values["orders", month, "count", "XXX"] = ZERO + len({r["order_id"] for r in sales})
        if units:
            values["return_rate", month, "rate", "XXX"] = (-returned_units / units).quantize(ZERO, ROUND_HALF_UP)
    for month in months | set(joined):
        values["new_customers_per_month", month, "count", "XXX"] = ZERO + joined.count(month)
    short = {"chiffre_affaire_par_mois": "revenue", "new_customers_per_month": "new_customers"}
    return [
        {"kpi": name, "calendar_month": month, "value": value, "unit": unit, "currency": currency}
        for (kpi, month, unit, currency), value in values.items()
        for name in dict.fromkeys((kpi, short.get(kpi, kpi)))
    ]
