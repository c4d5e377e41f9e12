"""Cleanse in plain Python: the current deliveries of a feed in, entity rows and counts of fates out.

Written after the rules, not after the code: no Spark, nothing of `lake`. Texts are what the source sent; amounts are
Decimal with four places, `_at` naive UTC datetimes.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

Row = dict[str, Any]
Texts = Mapping[str, str | None]
FIRST = datetime(1900, 1, 1)


@dataclass(frozen=True)
class Delivery:
    """A file as it is current: its logical name, its date and its records in order."""

    name: str
    day: date | None
    records: tuple[Texts, ...]


@dataclass
class Candidate:
    """What a record becomes for one entity: columns of the entity, failed rules, and whether it deletes its key.

    `local`: the date and month that cleanse adds; they order nothing.
    """

    entity: str
    key: tuple[Any, ...]
    values: Row
    failed: Sequence[str] = ()
    deletes: bool = False
    local: Row = field(default_factory=dict)


@dataclass(frozen=True)
class Rules:
    """What a feed's contract says, as Python. `history`: entities with a row per moment (`effective_at`)."""

    feed: str
    load: Literal["append", "upsert", "snapshot"]
    routed: Callable[[Texts, Delivery], Iterable[Candidate]]
    derived: Callable[[Texts, Delivery], Iterable[Candidate]] = lambda texts, delivery: ()
    version: Callable[[Texts], Any] = lambda texts: None
    history: frozenset[str] = frozenset()


@dataclass
class Cleansed:
    """Rows by entity, and counts by (feed, entity, disposition or `rule:<name>`)."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    fates: Counter[tuple[str, str, str]] = field(default_factory=Counter)


@dataclass
class Standing:
    """A candidate with what orders it among those of its key."""

    candidate: Candidate
    delivery: Delivery
    number: int
    version: Any
    accepted: bool

    def newness(self) -> tuple[Any, ...]:
        """Greater is newer; the position does not count."""
        order = content_hash([as_text(value) for value in self.candidate.values.values()])
        day = self.delivery.day
        is_deleted = self.candidate.deletes  # only what is newer takes a deletion back
        return (self.version is not None, self.version or FIRST, day is not None, day or date.min, is_deleted, order)


def cleansed(deliveries: Iterable[Delivery], rules: Rules) -> Cleansed:
    """What must stand after any sequence of runs that ends with these deliveries current."""
    found = Cleansed()
    records = [(d, n, t) for d in sorted(deliveries, key=lambda d: d.name) for n, t in enumerate(d.records, 1)]
    duplicates = _duplicates(records, rules)
    standing: list[Standing] = []
    for delivery, number, texts in records:
        version = rules.version(texts)
        duplicate = (delivery.name, number) in duplicates
        routed = list(rules.routed(texts, delivery))
        fit = not duplicate and not any(one.failed for one in routed)
        derived = list(rules.derived(texts, delivery)) if fit else []
        for one in [*routed, *derived]:
            fate = "duplicate" if duplicate else "quarantined" if one.failed else None
            if fate:
                found.fates[rules.feed, one.entity, fate] += 1
            if not duplicate:
                found.fates.update((rules.feed, one.entity, f"rule:{rule}") for rule in one.failed)
            standing.append(Standing(one, delivery, number, version, fate is None))
    for mine in _by_key(standing).values():
        _settle(mine, [d.day for d in deliveries], rules, found)
    return found


def _duplicates(records: Iterable[tuple[Delivery, int, Texts]], rules: Rules) -> set[tuple[str, int]]:
    seen: set[tuple[Any, ...]] = set()
    later = set()
    for delivery, number, texts in records:
        mark = (None if rules.load == "append" else delivery.name, tuple(texts.items()))
        if mark in seen:
            later.add((delivery.name, number))
        seen.add(mark)
    return later


def _by_key(standing: Iterable[Standing]) -> dict[tuple[Any, ...], list[Standing]]:
    found: dict[tuple[Any, ...], list[Standing]] = defaultdict(list)
    for one in standing:
        found[one.candidate.entity, one.candidate.key].append(one)
    return found


def _settle(mine: list[Standing], days: Sequence[date | None], rules: Rules, found: Cleansed) -> None:
    """The rows of one business key: the newest of each moment, and when the key was deleted."""
    entity = mine[0].candidate.entity
    by_moment: dict[Any, list[Standing]] = defaultdict(list)
    for one in mine:
        if one.accepted:
            by_moment[one.candidate.values["effective_at"] if entity in rules.history else None].append(one)
    winners = []
    for rivals in by_moment.values():
        best = max(one.newness() for one in rivals)
        winner = min((o for o in rivals if o.newness() == best), key=lambda o: (o.delivery.name, o.number))
        winners.append(winner)
        found.fates[rules.feed, entity, "current"] += 1
        if len(rivals) > 1:
            found.fates[rules.feed, entity, "superseded"] += len(rivals) - 1
    gone = _gone(mine, winners, days) if rules.load == "snapshot" else {}
    for winner in winners:
        deleted_at = gone.get(id(winner))
        if winner.candidate.deletes:
            own = winner.candidate.values.get("effective_at") if entity in rules.history else None
            deleted_at = own or winner.version or winner.delivery.day
        found.rows[entity].append({**winner.candidate.values, **winner.candidate.local, "deleted_at": deleted_at})


def _gone(mine: list[Standing], winners: list[Standing], days: Sequence[date | None]) -> dict[int, Any]:
    """For a snapshot feed: the date of the first snapshot without the key, after a row and before the next accepted."""
    snapshots = sorted({day for day in days if day})
    present = {one.delivery.day for one in mine}
    spoken = sorted(day for day in {one.delivery.day for one in mine if one.accepted} if day)
    gone = {}
    for winner in winners:
        until = next((day for day in spoken if winner.delivery.day and day > winner.delivery.day), date.max)
        missing = [d for d in snapshots if winner.delivery.day and winner.delivery.day < d < until and d not in present]
        if missing:
            gone[id(winner)] = missing[0]
    return gone


def content_hash(texts: Iterable[str | None]) -> str:
    """SHA-256 of the JSON array of the texts."""
    text = json.dumps(list(texts), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def as_text(value: Any) -> str | None:
    """A value as SQL casts it to a string."""
    return None if value is None else str(value)


def records_of(content: str | bytes) -> tuple[Texts, ...]:
    """The records of a well-formed CSV file."""
    text = content.decode() if isinstance(content, bytes) else content
    return tuple(csv.DictReader(io.StringIO(text, newline="")))


def amount(text: str | None) -> Decimal | None:
    """decimal(18,4)."""
    return None if text is None else Decimal(text).quantize(Decimal("0.0001"))


def cleaned(text: str | None) -> str | None:
    """Trimmed; placeholders are null."""
    text = (text or "").strip(" \t\r\n\v\f\u00a0\ufeff")
    return None if text in ("", "NULL", "null", "n/a", "N/A", "\\N") else text


def gift_shop() -> Rules:
    """The feed `sales` of the gift shop, whose days and months are those of London (winter: UTC)."""
    return Rules("sales", "append", _gift_lines, _gift_derived, history=frozenset({"products", "customers"}))


def _gift_lines(texts: Texts, delivery: Delivery) -> Iterable[Candidate]:
    fields = {name: cleaned(text) for name, text in texts.items()}
    is_return = (fields["InvoiceNo"] or "").upper().startswith("C")
    kind, at, entity = ("return", "returned", "returns") if is_return else ("order", "ordered", "order_lines")
    quantity, price = amount(fields["Quantity"]), amount(fields["UnitPrice"])
    assert quantity is not None and price is not None and fields["InvoiceDate"]
    moment = datetime.fromisoformat(fields["InvoiceDate"])
    gross = (quantity * price).quantize(Decimal("0.0001"))
    identity = content_hash(list(texts.values()))
    values = {
        f"{kind}_line_id": identity,
        "order_id": (fields["InvoiceNo"] or "").upper(),
        f"{at}_at": moment,
        **_gift_customer(fields["CustomerID"]),
        "product_id": (fields["StockCode"] or "").upper(),
        "country": fields["Country"],
        "channel": None,
        "quantity": quantity,
        "unit_price": price,
        "gross_amount": gross,
        "discount_amount": Decimal("0.0000"),
        "net_amount": gross,
        "currency": "GBP",
    }
    local = {f"{kind}_date": moment.date(), f"{kind}_month": f"{moment:%Y-%m}"}
    failed = [] if price > 0 else ["unit_price > 0"]
    if (quantity >= 0) if is_return else (quantity <= 0):
        failed.append("quantity < 0" if is_return else "quantity > 0")
    yield Candidate(entity, (identity,), values, failed, local=local)


def _gift_customer(text: str | None) -> Row:
    return {"customer_namespace": "shop", "customer_id": text.removesuffix(".0") if text else None}


def _gift_derived(texts: Texts, delivery: Delivery) -> Iterable[Candidate]:
    fields = {name: cleaned(text) for name, text in texts.items()}
    moment = datetime.fromisoformat(fields["InvoiceDate"] or "")
    product = (fields["StockCode"] or "").upper()
    goods = {"product_id": product, "effective_at": moment, "product_name": fields["Description"]}
    yield Candidate("products", (product,), goods | dict.fromkeys(("category", "subcategory", "brand")))
    if fields["CustomerID"]:
        who = _gift_customer(fields["CustomerID"])
        bare = {**who, "effective_at": moment, "signup_date": None, "country": fields["Country"]}
        rest = dict.fromkeys(("city", "sex", "age_band", "income_band"))
        yield Candidate("customers", tuple(who.values()), bare | rest)
