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


def customers_by_country(tables: Tables) -> list[Row]:
    """People by the country of their registered identity."""
    person = {row["customer_key"]: row["person_key"] for row in tables["dim_customer"]}
    buyers = {person[line["customer_key"]] for line in tables["fct_sales"]}
    people: dict[str, list[Row]] = defaultdict(list)
    for row in tables["dim_customer"]:
        if row["is_current"] and row["person_key"] == row["customer_key"] != -1:
            people[row["country"] or "unknown"].append(row)
    return [
        {
            "country": country,
            "customer_count": len(rows),
            "buyer_count": sum(row["person_key"] in buyers for row in rows),
            "deleted_customer_count": sum(row["is_deleted"] for row in rows),
        }
        for country, rows in people.items()
    ]


def kpi_sheet(tables: Tables) -> list[Row]:
    """Every figure of every month."""
    sold, back = tables["fct_sales"], tables["fct_returns"]
    joined = _months_of_joining(tables)
    values: dict[tuple[str, str, str, str], Decimal] = {}
    money = {(r["sale_month"], r["currency"]) for r in sold} | {(r["return_month"], r["currency"]) for r in back}
    for month, currency in money:
        sales = [r for r in sold if (r["sale_month"], r["currency"]) == (month, currency)]
        returned = [r for r in back if (r["return_month"], r["currency"]) == (month, currency)]
        values["revenue", month, "amount", currency] = _sum(sales, "net_amount")
        values["returns", month, "amount", currency] = _sum(returned, "net_amount")
        if orders := len({r["order_id"] for r in sales}):
            basket = (_sum(sales, "net_amount") / orders).quantize(ZERO, ROUND_HALF_UP)
            values["average_basket", month, "amount", currency] = basket
    for month in {month for month, _ in money} | set(joined):
        sales = [r for r in sold if r["sale_month"] == month]
        values["units", month, "count", "XXX"] = _sum(sales, "quantity")
        values["orders", month, "count", "XXX"] = ZERO + len({r["order_id"] for r in sales})
        values["new_customers", month, "count", "XXX"] = ZERO + joined.count(month)
    return [
        {"kpi": kpi, "calendar_month": month, "value": value, "unit": unit, "currency": currency}
        for (kpi, month, unit, currency), value in values.items()
    ]


def _months_of_joining(tables: Tables) -> list[str]:
    """One month per person: of the earliest sign-up, else of the first sale; others are left out."""
    identities: dict[int, list[Row]] = defaultdict(list)
    for row in tables["dim_customer"]:
        if row["is_current"] and row["customer_key"] != -1:
            identities[row["person_key"]].append(row)
    sales: dict[int, list[str]] = defaultdict(list)
    for line in tables["fct_sales"]:
        sales[line["customer_key"]].append(line["sale_month"])
    months = []
    for rows in identities.values():
        if signups := [row["signup_date"] for row in rows if row["signup_date"] is not None]:
            months.append(min(signups).isoformat()[:7])
        elif bought := [month for row in rows for month in sales[row["customer_key"]]]:
            months.append(min(bought))
    return months
