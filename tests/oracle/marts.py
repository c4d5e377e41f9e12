"""The marts in plain Python, out of the star's dimensions and facts as lists of dicts; no code of `lake`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Row = dict[str, Any]
Tables = Mapping[str, list[Row]]
ZERO = Decimal("0.0000")
COMPARISONS = ("net_revenue_amount", "previous_revenue_amount", "last_year_revenue_amount", "is_partial")
"""What sales_by_day says of a day beyond its own sums."""


def marts(tables: Tables) -> dict[str, list[Row]]:
    """Every mart by its name, and what several are made of: sums of days, people."""
    lines = list(_labelled_lines(tables))
    days = sales_by_day(lines)
    return {
        "fct_daily_sales": [{name: row[name] for name in row if name not in COMPARISONS} for row in days],
        "sales_by_day": days,
        "dim_person": [{name: row[name] for name in row if name != "lines"} for row in people(tables)],
        "sales_by_month": sales_by_month(lines),
        "top_products": top_products(tables),
        "sales_by_product": sales_by_product(tables),
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
        "net_revenue_amount": _sum(sold, "net_amount") + _sum(back, "net_amount"),
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
    rows = [dict(zip(names, group, strict=True)) | _measures(members) for group, members in groups.items()]
    days = [row["calendar_date"] for row in rows]
    for row in rows:
        day = row["calendar_date"]
        row["previous_revenue_amount"] = _revenue_of(rows, row, "calendar_date", day - timedelta(1), day > min(days))
        is_leap_day = (day.month, day.day) == (2, 29)
        ago = day.replace(year=day.year - 1, day=day.day - is_leap_day)
        sought = None if is_leap_day else ago
        row["last_year_revenue_amount"] = _revenue_of(rows, row, "calendar_date", sought, ago >= min(days))
        row["is_partial"] = day == max(days)
    return rows


def _revenue_of(rows: list[Row], row: Row, column: str, value: object, is_known: bool) -> Decimal | None:
    """Revenue of the row's group where the column has that value; 0 without such a row; None before the shop's time."""
    group = ("period_type", "country", "category", "channel", "currency")
    same = [r for r in rows if r[column] == value and all(r.get(name) == row.get(name) for name in group)]
    return same[0]["revenue_amount"] if same else ZERO if is_known else None


def sales_by_month(lines: list[Row]) -> list[Row]:
    """By local month, quarter and year, and country, category, channel, currency."""
    names = ("country", "category", "channel", "currency")
    groups = defaultdict(list)
    for line in lines:
        for period in _periods(line["calendar_month"]):
            groups[(*period, *(line[name] for name in names))].append(line)
    keys = ("period_type", "period", *names)
    rows = [dict(zip(keys, group, strict=True)) | _measures(members) for group, members in groups.items()]
    known = [line["calendar_date"] for line in lines]
    for row in rows:
        first, last = _bounds(row["period"])
        before = _label(row["period_type"], first - timedelta(1))
        ago = _label(row["period_type"], first - timedelta(365))
        row["previous_revenue_amount"] = _revenue_of(rows, row, "period", before, first > min(known))
        row["last_year_revenue_amount"] = _revenue_of(rows, row, "period", ago, _bounds(ago)[1] >= min(known))
        row["is_partial"] = first < min(known) or last > max(known)
    return rows


def _bounds(period: str) -> tuple[date, date]:
    """The first and the last day of YYYY, YYYY-Qn or YYYY-MM."""
    year, _, part = period.partition("-")
    months = 12 if not part else 3 if part.startswith("Q") else 1
    first = 1 if not part else 3 * int(part[1]) - 2 if months == 3 else int(part)
    following = date(int(year) + (first + months - 1) // 12, (first + months - 1) % 12 + 1, 1)
    return date(int(year), first, 1), following - timedelta(1)


def _label(period_type: str, day: date) -> str:
    """The period of that kind that the day belongs to."""
    return dict(_periods(day.isoformat()[:7]))[period_type]


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


def sales_by_product(tables: Tables) -> list[Row]:
    """Every product over all time, and its years and months with business, in the shop's currency."""
    rows, sold_by, back_by = [], defaultdict(list), defaultdict(list)
    for line in tables["fct_sales"]:
        sold_by[line["product_key"]].append(line | {"month": line["sale_month"]})
    for line in tables["fct_returns"]:
        back_by[line["product_key"]].append(line | {"month": line["return_month"]})
    currency = _shop_currency(tables)
    for product in tables["dim_product"]:
        if not product["is_current"] or product["product_key"] == -1:
            continue
        sold, back = sold_by[product["product_key"]], back_by[product["product_key"]]
        months = {line["month"] for line in sold + back}
        periods = [("all", "all"), *(("year", y) for y in {m[:4] for m in months}), *(("month", m) for m in months)]
        for kind, period in periods:
            mine = [x for x in sold if kind == "all" or x["month"].startswith(period)]
            returned = [x for x in back if kind == "all" or x["month"].startswith(period)]
            days = [line["order_date"] for line in mine]
            rows.append(
                {name: product[name] for name in ("product_key", "product_id", "product_name", "is_deleted")}
                | {
                    "period_type": kind,
                    "period": period,
                    "category": product["category"] or "unknown",
                    "units": _sum(mine, "quantity"),
                    "order_count": len({line["order_id"] for line in mine}),
                    "shop_currency": currency,
                    "shop_revenue_amount": _converted(mine),
                    "return_units": _sum(returned, "quantity"),
                    "shop_return_amount": _converted(returned),
                    "unconverted_line_count": sum(x["shop_net_amount"] is None for x in mine + returned),
                    "first_sale_date": min(days, default=None),
                    "last_sale_date": max(days, default=None),
                }
            )
    return rows


def people(tables: Tables) -> list[Row]:
    """Each person's best values, whether all described identities are gone, `lines` of sales and month of joining."""
    identities: dict[int, list[Row]] = defaultdict(list)
    for row in tables["dim_customer"]:
        if row["is_current"] and row["customer_key"] != -1:
            identities[row["person_key"]].append(row)
    sales, returns = defaultdict(list), defaultdict(list)
    for found, table in ((sales, "fct_sales"), (returns, "fct_returns")):
        for line in tables[table]:
            found[line["customer_key"]].append(line)
    rows_by_person = []
    for person, rows in identities.items():
        rows.sort(
            key=lambda r: (r["is_deleted"], r["is_inferred"], r["customer_namespace"] == "email", r["customer_key"])
        )
        described = [row for row in rows if not row["is_inferred"]]
        lines = [line for row in rows for line in sales[row["customer_key"]]]
        back = [line for row in rows for line in returns[row["customer_key"]]]
        signup = min((row["signup_date"] for row in rows if row["signup_date"] is not None), default=None)
        months = [signup.isoformat()[:7]] if signup else [line["sale_month"] for line in lines]
        days = [line["order_date"] for line in lines]
        best = {
            name: next((row[name] for row in rows if row[name] is not None), None)
            for name in ("country", "city", "sex", "age_band")
        }
        rows_by_person.append(
            {
                "person_key": person,
                **best,
                "is_deleted": bool(described) and all(row["is_deleted"] for row in described),
                "is_buyer": bool(lines),
                "signup_date": signup,
                "joined_month": min(months, default=None),
                "joined_by": "sign-up" if signup else "first order" if lines else None,
                "first_order_date": min(days, default=None),
                "last_order_date": max(days, default=None),
                "order_count": len({line["order_id"] for line in lines}),
                "shop_currency": _shop_currency(tables),
                "shop_revenue_amount": _converted(lines),
                "shop_return_amount": _converted(back),
                "lines": lines,
            }
        )
    return rows_by_person


def _converted(lines: list[Row]) -> Decimal:
    """Their sum in the shop's currency, without lines that have no rate."""
    return _sum([line for line in lines if line["shop_net_amount"] is not None], "shop_net_amount")


def _shop_currency(tables: Tables) -> str:
    return str(tables["fct_sales"][0]["shop_currency"])


def customers_by_country(tables: Tables) -> list[Row]:
    """People by the first known country of their identities."""
    countries: dict[str, list[Row]] = defaultdict(list)
    for person in people(tables):
        countries[person["country"] or "unknown"].append(person)
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
    joined = [person["joined_month"] for person in people(tables) if person["joined_month"]]
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
