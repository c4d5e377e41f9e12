"""loyalty_D.csv: sign-ups under an address that is also used elsewhere, written another way; and who is who."""

from __future__ import annotations

from typing import Any

import numpy as np

from lake.generator import customers as registered
from lake.generator import names_and_places as words
from lake.generator import people
from lake.generator.clock import iso, stamps
from lake.generator.customers import NEVER, Customers
from lake.generator.defects import Entry
from lake.generator.orders import OrderDay, Orders
from lake.generator.parameters import Parameters
from lake.generator.randomness import Dice
from lake.generator.truth import moments

HEADER = ("signup_at", "email", "first_name", "last_name", "country", "consent")
CONSENT = (("oui", "non"), ("ja", "nein"), ("sí", "no"), ("yes", "no"))
BOM = "\ufeff"


def guest_name(day: int, position: int) -> str:
    """`g-19723-4`: how the ledger names a guest."""
    return f"g-{day}-{position}"


def file(
    parameters: Parameters, dice: Dice, book: Customers, orders: Orders, day: int
) -> tuple[list[tuple[str, ...]], dict[str, Any], list[Entry]]:
    """(records, clean rows, ledger) of the day's sign-ups: customers and guests, both known by other addresses too."""
    name = f"loyalty_{iso(day)}.csv"
    count = parameters.orders_per_day * (20 + dice.one("loyalty.count", day, 25)) // 1000 + 1
    moments_ = orders.moments("loyalty", day, count)
    is_guest = dice.chance("loyalty.guest", day, count, 3500).tolist()
    draw = dice.below("loyalty.who", day, count, 1 << 30).tolist()
    choice = dice.below("loyalty.variant", day, count, 4).tolist()
    varies = dice.chance("loyalty.varies", day, count, parameters.variant_rate).tolist()
    spaced = dice.chance("loyalty.spaces", day, count, 800).tolist()
    consents = dice.chance("loyalty.consents", day, count, 8000).tolist()
    rows: list[tuple[str, ...]] = []
    entries, canonical = [], []
    guests = [(other, position) for other, found in sorted(book.guests.items()) for position in range(len(found.email))]
    for at, when in enumerate(stamps(moments_, "Z")):
        if is_guest[at] and guests:
            other, position = guests[draw[at] % len(guests)]
            found = book.guests[other]
            who, address = found.who.take(np.array([position])), found.email[position]
            identity: dict[str, Any] = {"guest": guest_name(other, position)}
        else:
            position = draw[at] % book.count(day)
            who, address = book.who.take(np.array([position])), book.email[position]
            identity = {"id_customer": registered.FIRST_ID + position}
        sent, how = people.variant(address, choice[at]) if varies[at] else (address, "")
        sent = f"  {sent} " if spaced[at] else sent
        country, sex, first, last = (int(column[0]) for column in (who.country, who.sex, who.first, who.last))
        consent = CONSENT[words.COUNTRY_LANGUAGE[country]][0 if consents[at] else 1]
        rows.append(
            (
                when,
                sent,
                people.first_name(country, sex, first),
                people.last_name(country, last),
                words.COUNTRIES[country],
                consent,
            )
        )
        canonical.append(address)
        detail = {**identity, "canonical_email": address, "variant": how, "spaces": spaced[at], "source": "loyalty"}
        entries.append(Entry(day, "loyalty", name, "identity_link", "none", "", at + 1, sent.strip(), detail))
    truth = {
        "loyalty_id": [f"{iso(day)}#{at + 1}" for at in range(count)], "signup_at": moments(moments_),
        "email": [row[1].strip() for row in rows], "canonical_email": canonical,
        "first_name": [row[2] for row in rows], "last_name": [row[3] for row in rows],
        "country": [row[4] for row in rows], "consent": consents,
    }  # fmt: skip
    return rows, truth, entries


def order_links(book: Customers, placed: OrderDay) -> list[Entry]:
    """For each guest order, the guest, whose canonical address it is, and when that guest will register."""
    found, name = [], f"shop_{iso(placed.day)}.sqlite"
    for at, who in enumerate(placed.guest):
        if who is None:
            continue
        day, position = who
        guests = book.guests[day]
        on, twin = int(guests.registers_on[position]), guests.namesake_of[position]
        detail = {
            "guest": guest_name(day, position), "canonical_email": guests.email[position],
            "variant": placed.variant[at],
            "email": placed.guest_email[at], "registers_on": None if on == NEVER else iso(on),
            "namesake_of": None if twin < 0 else registered.FIRST_ID + twin,
        }  # fmt: skip
        found.append(
            Entry(placed.day, "orders", name, "guest_order", "none", "", None, str(placed.first_id + at), detail)
        )
    return found


def registration_links(book: Customers, day: int) -> list[Entry]:
    """For each customer who signs up on the day, the guest that the customer was, and the declared social handle."""
    found, name = [], f"shop_{iso(day)}.sqlite"
    for position in range(book.ends[day - 1] if day > book.epoch else 0, book.ends[day]):
        key, (guest_day, at), handle = (
            str(registered.FIRST_ID + position),
            book.guest_of[position],
            book.handle(position),
        )
        if at >= 0:
            detail = {"guest": guest_name(guest_day, at), "email": book.email[position], "source": "registration"}
            found.append(Entry(day, "customers", name, "identity_link", "none", "", None, key, detail))
        if handle:
            link = {"handle": handle, "source": "handle"}
            found.append(Entry(day, "customers", name, "identity_link", "none", "", None, key, link))
    return found
