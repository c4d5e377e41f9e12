"""Registered customers and guests: who comes when, who moves, renames, registers or leaves. State of any day."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from lake.generator import names_and_places as words
from lake.generator import people
from lake.generator.clock import HOUR, Clock, day_number, iso, stamps
from lake.generator.parameters import Parameters
from lake.generator.people import People
from lake.generator.randomness import Bools, Dice, Ints

NEVER = 1 << 30
REGISTER_WITHIN = 50
FIRST_ID = 1000


@dataclass(frozen=True)
class Guests:
    """People who bought as guests for the first time on one day."""

    who: People
    email: list[str]
    registers_on: Ints
    namesake_of: list[int]
    """Customer whose address differs by dots that count; -1: nobody's."""


@dataclass(frozen=True)
class Life:
    """What will happen to each customer; days, NEVER where it does not happen."""

    signup: Ints
    moves: Ints
    new_country: Ints
    new_city: Ints
    renames: Ints
    new_last: Ints
    closes: Ints
    weight: Ints
    stops: Ints
    handle: Ints


class Customers:
    """All customers up to the day asked for; positions are `id_customer - FIRST_ID`."""

    def __init__(self, parameters: Parameters, dice: Dice, clock: Clock) -> None:
        self.parameters, self.dice, self.clock = parameters, dice, clock
        self.epoch = day_number(parameters.epoch)
        self.stride = 8 * max(parameters.orders_per_day, 50)
        self.ends: dict[int, int] = {}
        self.last_day = self.epoch - 2
        self.guests: dict[int, Guests] = {}
        self.email: list[str] = []
        nobody = np.zeros(0, dtype=np.int64)
        self.who = People(*[nobody] * len(fields(People)))
        self.life = Life(*[nobody] * len(fields(Life)))
        self.guest_of: list[tuple[int, int]] = []
        """(day, position) of the guest that each customer was; (0, -1): none."""

    def number(self, day: int, positions: Ints, guest: int) -> Ints:
        """Numbers of the people who come on a day."""
        return (day - self.epoch + 1) * self.stride + 2 * positions + guest

    def add_guests(self, day: int, count: int) -> Guests:
        """The new guests of a day; a namesake's address is made from a customer known by then."""
        dice, size = self.dice, count
        who = people.drawn(dice, "guest", day, self.number(day, np.arange(size), 1))
        email = people.emails(who)
        registers = dice.chance("guest.registers", day, size, self.parameters.registering_guest_rate)
        on = day + dice.between("guest.registers_after", day, size, 3, REGISTER_WITHIN)
        twin = dice.chance("guest.namesake", day, size, self.parameters.namesake_rate)
        other = dice.below("guest.namesake_of", day, size, max(self.ends[day - 1], 1))
        namesake_of = [-1] * size
        for position in np.flatnonzero(twin).tolist():
            address = self.email[int(other[position])]
            if address.split("@")[1] not in words.DOTS_DO_NOT_COUNT:
                namesake_of[position], email[position] = int(other[position]), people.without_dots(address)
        found = Guests(who, email, np.where(registers & ~twin, on, NEVER), namesake_of)
        self.guests[day] = found
        return found

    def advance(self, day: int) -> None:
        """Add the customers who sign up on the day; the guests of earlier days must be known."""
        assert day == self.last_day + 1
        first = day < self.epoch
        parameters, dice = self.parameters, self.dice
        if first:
            count = parameters.orders_per_day * parameters.first_customers_per_order
        else:
            mean = parameters.orders_per_day * parameters.signup_rate
            count = (mean // 2 + dice.one("signups", day, mean + 1)) // 10_000
        numbers = np.arange(count) if first else self.number(day, np.arange(count), 0)
        who, origin = [people.drawn(dice, "customer", day, numbers)], [(0, -1)] * count
        for guest_day in range(day - REGISTER_WITHIN, day - 2):
            if guest_day in self.guests:
                chosen = np.flatnonzero(self.guests[guest_day].registers_on == day)
                who.append(self.guests[guest_day].who.take(chosen))
                origin += [(guest_day, position) for position in chosen.tolist()]
        self._extend(day, people.joined(who), origin, first)

    def _extend(self, day: int, who: People, origin: list[tuple[int, int]], first: bool) -> None:
        life = self._life(day, who, first)
        self.who = people.joined([self.who, who])
        both = [[getattr(part, field.name) for part in (self.life, life)] for field in fields(Life)]
        self.life = Life(*(np.concatenate(pair) for pair in both))
        self.email += people.emails(who)
        self.guest_of += origin
        self.ends[day], self.last_day = len(self.email), day

    def _life(self, day: int, who: People, first: bool) -> Life:
        parameters, dice, size = self.parameters, self.dice, len(who)

        def once(name: str, rate: int, least: int, most: int) -> Ints:
            happens = dice.chance(f"customer.{name}", day, size, rate)
            return np.where(happens, day + dice.between(f"customer.{name}_after", day, size, least, most), NEVER)

        moves = once("moves", parameters.move_rate, 4, 400)
        abroad = dice.chance("customer.abroad", day, size, 2000)
        drawn_country = dice.pick("customer.new_country", day, size, words.COUNTRY_WEIGHTS)
        new_country = np.where(abroad, drawn_country, who.country)
        # a name is chosen within the language of the first country; who moves keeps the name
        lifetime = np.asarray(parameters.lifetime_days)[
            dice.pick("customer.lifetime", day, size, parameters.lifetime_chances)
        ]
        back = dice.below("customer.signed_up_before", day, size, 700) if first else np.zeros(size, dtype=np.int64)
        return Life(
            signup=day - back,
            moves=moves,
            new_country=new_country,
            new_city=(who.city + dice.between("customer.new_city", day, size, 1, 9)) % 10,
            renames=once("renames", parameters.rename_rate, 6, 400),
            new_last=(who.last + dice.between("customer.new_last", day, size, 1, 9)) % people.LAST_NAME_COUNT,
            closes=once("closes", parameters.close_rate, 3, 300),
            weight=np.asarray(parameters.activity_weights)[
                dice.pick("customer.weight", day, size, parameters.activity_chances)
            ],
            stops=day + lifetime * dice.between("customer.stops", day, size, 50, 150) // 100,
            handle=dice.chance("customer.handle", day, size, parameters.handle_rate).astype(np.int64),
        )

    def count(self, day: int) -> int:
        """Customers who signed up by the end of the day, closed accounts included."""
        return self.ends[day]

    def buying_weights(self, day: int) -> Ints:
        """How likely each customer is to place an order of the day; zero once closed, seldom once they stopped."""
        life, end = self.life, self.ends[day]
        open_account = life.closes[:end] > day
        active = (life.stops[:end] > day) & open_account
        found: Ints = np.where(active, 20 * life.weight[:end], np.where(open_account, 1, 0))
        return found

    def countries(self, day: int, positions: Ints) -> Ints:
        """Where the customers live on the day."""
        moved = self.life.moves[positions] <= day
        found: Ints = np.where(moved, self.life.new_country[positions], self.who.country[positions])
        return found

    def changed(self, day: int) -> Ints:
        """Customers who signed up, moved or renamed on the day and still have an account."""
        life, start, end = self.life, self.ends.get(day - 1, 0), self.ends[day]
        old: Bools = (life.moves[:start] == day) | (life.renames[:start] == day)
        positions: Ints = np.concatenate([np.flatnonzero(old), np.arange(start, end)])
        return positions[life.closes[positions] > day]

    def closed(self, day: int) -> Ints:
        """Customers whose account vanished on the day."""
        return np.flatnonzero(self.life.closes[: self.ends[day - 1]] == day)

    def present(self, day: int) -> Ints:
        """Customers with an account at the end of the day."""
        return np.flatnonzero(self.life.closes[: self.ends[day]] > day)

    def handle(self, position: int) -> str | None:
        """The social handle that the customer declared."""
        if not self.life.handle[position]:
            return None
        local = self.email[position].split("@")[0]
        return f"@{local.replace('.', '_')}"

    def rows(self, day: int, positions: Ints) -> list[tuple[object, ...]]:
        """Rows of table `customers` at the end of the day."""
        life, found = self.life, self.who.take(positions)
        moved, renamed = life.moves[positions] <= day, life.renames[positions] <= day
        country = np.where(moved, life.new_country[positions], found.country)
        city = np.where(moved, life.new_city[positions], found.city)
        last = np.where(renamed, life.new_last[positions], found.last)
        since = np.maximum(
            np.maximum(np.where(moved, life.moves[positions], 0), np.where(renamed, life.renames[positions], 0)),
            np.maximum(life.signup[positions], 0),
        )
        midnights = {each: self.clock.midnight(each) for each in np.unique(since).tolist()}
        seconds = np.array([midnights[each] for each in since.tolist()], dtype=np.int64)
        updated = stamps(seconds + 2 * HOUR + (positions * 37) % (18 * HOUR))
        columns = (
            positions,
            found.country,
            found.sex,
            found.first,
            last,
            country,
            city,
            found.born,
            life.signup[positions],
        )
        return [
            (
                FIRST_ID + position, self.email[position], people.first_name(origin, sex, first),
                people.last_name(origin, last_), iso(signup), words.COUNTRIES[now], words.CITIES[now][town],
                ("F", "M", "X", "")[sex], iso(born), self.handle(position), when,
            )
            for (position, origin, sex, first, last_, now, town, born, signup), when
            in zip(zip(*(column.tolist() for column in columns), strict=True), updated, strict=True)
        ]  # fmt: skip
