"""The grocery chain's landing with some defects added, and its entity rows in plain Python out of the CSV files."""

from __future__ import annotations

import bz2
import csv
import hashlib
import io
import json
import shutil
from collections import defaultdict
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, Any]
SAMPLE = Path(__file__).resolve().parents[1] / "data/landing/complete_journey"
NEW_YORK = ZoneInfo("America/New_York")
FIRST_SNAPSHOT = datetime(2017, 1, 1, 5)
"""2017-01-01 in New York, as naive UTC."""
SECOND_SNAPSHOT = datetime(2017, 7, 1, 4)

HOUSEHOLD, STRANGER = "990001", "990002"
ACCEPTED = [
    f"{HOUSEHOLD},1,77000000001,{STRANGER},2,3.00,0.50,0.25,0.10,1,2018-01-01T04:59:59Z",
    f"{HOUSEHOLD},1,77000000002,{STRANGER},3,1.00,0.00,0.00,0.00,1,2018-01-01T05:00:00Z",
    "n/a,1,77000000003, 25671 ,1,2.00,0.00,0.00,0.00,45,2017-11-05T05:30:00Z",
    "n/a,1,77000000004,25671.0,1,2.50,0.00,0.00,0.00,45,2017-11-05T06:30:00Z",
]
"""Lines around the turn of the year and in the hour that New York's clocks run through twice."""

REFUSED = {
    "1,1,77000000005,25671,-1,1.00,0.00,0.00,0.00,1,2017-02-01T12:00:00Z": {"quantity >= 0"},
    "1,1,77000000006,25671,-2,-1.00,0.00,0.00,0.00,1,2017-02-01T12:00:00Z": {"quantity >= 0", "net_amount >= 0"},
    "1,1,77000000007,25671,x,1.00,0.00,0.00,0.00,1,2017-02-30T12:00:00Z": {
        "cast_quantity", "required_quantity", "cast_transaction_timestamp", "required_ordered_at",
    },
    "1,1,77000000008,,1,1.00,-0.10,0.00,0.00,1,2017-02-01T12:00:00Z": {"required_product_id", "discount_amount >= 0"},
}  # fmt: skip


def read(path: Path) -> list[Row]:
    """The records of a CSV file as texts."""
    content = path.read_bytes()
    text = (bz2.decompress(content) if path.suffix == ".bz2" else content).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def make_landing(folder: Path) -> dict[str, str]:
    """Copy the sample; add a file with defects and a second snapshot of the demographics; households by role.

    Most products that were never sold are left out, which halves the work.
    """
    shutil.copytree(SAMPLE, folder)
    sold = read(SAMPLE / "transactions_sample.csv.bz2")
    early = {r["household_id"] for r in sold if r["transaction_timestamp"] < "2017-07"}
    late = {r["household_id"] for r in sold if r["transaction_timestamp"] > "2017-07-02"}
    known = read(SAMPLE / "demographics_2017-01-01.csv")
    buyers, quiet = [[r for r in known if (r["household_id"] in late) is is_late] for is_late in (True, False)]
    described = {r["household_id"] for r in known}
    roles = {
        "returning": buyers[0]["household_id"],
        "gone": quiet[0]["household_id"],
        "older": buyers[1]["household_id"],
        "described_late": min(early - described),
    }
    lines = [*ACCEPTED, *REFUSED, next(iter(REFUSED)), ",".join(sold[0].values())]
    (folder / "transactions_extra.csv").write_text("\n".join([",".join(sold[0]), *lines, ""]))
    catalogue, products_sold = folder / "products_2017-01-01.csv.bz2", {r["product_id"] for r in sold}
    listed = [r for n, r in enumerate(read(catalogue)) if n % 50 == 0 or r["product_id"] in products_sold]
    catalogue.write_bytes(bz2.compress(_csv(listed)))
    second = [r for r in known if r["household_id"] not in (roles["returning"], roles["gone"])]
    second = [r | {"age": "65+"} if r["household_id"] == roles["older"] else r for r in second]
    second.append(known[0] | {"household_id": roles["described_late"]})
    (folder / "demographics_2017-07-01.csv").write_bytes(_csv(second))
    return roles


def _csv(records: list[Row]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(records[0]))
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue().encode()


def accepted_records(folder: Path) -> list[Row]:
    """The transactions that no rule refuses, each once."""
    extra = read(folder / "transactions_extra.csv")[: len(ACCEPTED)]
    return [*extra, *read(folder / "transactions_sample.csv.bz2")]


def order_lines(records: list[Row]) -> list[Row]:
    """Rows of the entity order_lines."""
    return [_line(record) for record in records]


def _line(record: Row) -> Row:
    texts = json.dumps(list(record.values()), separators=(",", ":"))
    at = moment(record["transaction_timestamp"])
    local = at.replace(tzinfo=UTC).astimezone(NEW_YORK)
    quantity, net = Decimal(record["quantity"]), Decimal(record["sales_value"])
    discount = Decimal(record["retail_disc"]) + Decimal(record["coupon_match_disc"])
    price = (net + discount) / quantity if quantity else None
    return {
        "order_line_id": hashlib.sha256(texts.encode()).hexdigest(),
        "order_id": str(int(Decimal(record["basket_id"]))),
        "ordered_at": at,
        "order_date": local.date(),
        "order_month": local.strftime("%Y-%m"),
        "customer_namespace": "household",
        "customer_id": None if record["household_id"] == "n/a" else record["household_id"],
        "product_id": record["product_id"].strip().removesuffix(".0"),
        "country": "United States",
        "channel": "store",
        "quantity": quantity,
        "unit_price": None if price is None else price.quantize(Decimal("0.0001"), ROUND_HALF_UP),
        "gross_amount": net + discount,
        "discount_amount": discount,
        "net_amount": net,
        "currency": "USD",
    }


def moment(text: str) -> datetime:
    """A UTC time of the source without its zone."""
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)


def products(folder: Path) -> list[Row]:
    """Rows of the entity products."""
    return [
        {
            "product_id": record["product_id"],
            "effective_at": FIRST_SNAPSHOT,
            "product_name": " ".join(filter(None, (record["product_type"], record["package_size"]))) or None,
            "category": record["department"] or None,
            "subcategory": record["product_category"] or None,
            "brand": record["brand"] or None,
        }
        for record in read(folder / "products_2017-01-01.csv.bz2")
    ]


def customers(folder: Path, lines: list[Row]) -> list[Row]:
    """Rows of the entity customers: a row for every purchase and snapshot, with what is known as of then."""
    first, second = (
        {r["household_id"]: r for r in read(folder / f"demographics_2017-{month}-01.csv")} for month in ("01", "07")
    )
    moments: dict[str, set[datetime]] = defaultdict(set)
    for line in lines:
        if line["customer_id"] is not None:
            moments[line["customer_id"]].add(line["ordered_at"])
    for snapshot, at in ((first, FIRST_SNAPSHOT), (second, SECOND_SNAPSHOT)):
        for household in snapshot:
            moments[household].add(at)
    found = []
    for household, its_moments in moments.items():
        gone = household in first and household not in second
        for at in its_moments:
            snapshot = second if at >= SECOND_SNAPSHOT else first if at >= FIRST_SNAPSHOT else {}
            said = snapshot.get(household, {})
            found.append(
                {
                    "customer_namespace": "household",
                    "customer_id": household,
                    "effective_at": at,
                    "country": "United States",
                    "age_band": said.get("age") or None,
                    "income_band": said.get("income") or None,
                    "deleted_at": SECOND_SNAPSHOT if gone and at < SECOND_SNAPSHOT else None,
                }
            )
    return found


