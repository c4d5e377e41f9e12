"""Who a person is: name, home, e-mail address and the other ways of writing it. When they come and go: `customers`."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, fields
from functools import cache

import numpy as np

from lake.generator import names_and_places as words
from lake.generator.randomness import Dice, Ints

LAST_NAME_COUNT = len(words.LAST_NAMES[0])
SPECIAL = str.maketrans({"ß": "ss", "ø": "o", "œ": "oe", "æ": "ae", "'": "", " ": "", ".": "", "-": ""})


@dataclass(frozen=True)
class People:
    """Arrays with one element per person."""

    number: Ints
    """Unique among all people of the shop, customers or guests."""
    country: Ints
    city: Ints
    sex: Ints
    """0 female, 1 male, 2 diverse, 3 not told."""
    first: Ints
    last: Ints
    born: Ints
    domain: Ints

    def take(self, chosen: Ints) -> People:
        """Only those people, in that order."""
        return People(*(getattr(self, field.name)[chosen] for field in fields(self)))

    def __len__(self) -> int:
        return len(self.number)


def joined(parts: list[People]) -> People:
    """All people of the parts, one after the other."""
    return People(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(People)))


def drawn(dice: Dice, kind: str, key: int | str, numbers: Ints) -> People:
    """New people with these numbers."""
    size = len(numbers)
    return People(
        number=numbers,
        country=dice.pick(f"{kind}.country", key, size, words.COUNTRY_WEIGHTS),
        city=dice.pick(f"{kind}.city", key, size, (30, 20, 14, 10, 8, 6, 5, 3, 2, 2)),
        sex=dice.pick(f"{kind}.sex", key, size, (52, 42, 1, 5)),
        first=dice.below(f"{kind}.first", key, size, 12),
        last=dice.below(f"{kind}.last", key, size, LAST_NAME_COUNT),
        born=dice.between(f"{kind}.born", key, size, -14_000, 12_000),
        domain=dice.pick(f"{kind}.domain", key, size, words.EMAIL_DOMAIN_WEIGHTS),
    )


def first_name(country: int, sex: int, first: int) -> str:
    """The first name that belongs to the person's country and sex."""
    return words.FIRST_NAMES[words.COUNTRY_LANGUAGE[country]][1 if sex == 1 else 0][first]


def last_name(country: int, last: int) -> str:
    """The last name that belongs to the person's country."""
    return words.LAST_NAMES[words.COUNTRY_LANGUAGE[country]][last]


@cache
def plain(text: str) -> str:
    """The text in lower-case ASCII letters and digits, as people write themselves in addresses."""
    folded = unicodedata.normalize("NFKD", text.lower().translate(SPECIAL))
    return "".join(letter for letter in folded if letter.isascii() and letter.isalnum())


def emails(people: People) -> list[str]:
    """`chloe.lefevre4711@gmail.com`: the canonical address of each person, unique by the number."""
    columns = (people.country, people.sex, people.first, people.last, people.number, people.domain)
    return [
        f"{plain(first_name(country, sex, first))}.{plain(last_name(country, last))}{number}"
        f"@{words.EMAIL_DOMAINS[domain]}"
        for country, sex, first, last, number, domain in zip(*(column.tolist() for column in columns), strict=True)
    ]


def without_dots(email: str) -> str:
    """The address without dots before the @: the same mailbox at some providers, another person's at others."""
    local, domain = email.split("@")
    return f"{local.replace('.', '')}@{domain}"


def variant(email: str, choice: int) -> tuple[str, str]:
    """(the address as somebody else would type it, what was done): always the same mailbox."""
    local, domain = email.split("@")
    if choice == 0 and domain in words.DOTS_DO_NOT_COUNT:
        return f"{local[0]}.{local.replace('.', '')[1:]}@{domain}", "dots"
    if choice <= 1 and domain in words.PLUS_TAGS_DO_NOT_COUNT:
        return f"{local}+{('promo', 'shop')[choice]}@{domain}", "plus_tag"
    if choice <= 2:
        return f"{local.title()}@{domain.upper()}", "case"
    return email.upper(), "case"
