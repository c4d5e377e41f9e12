"""Promotions and campaigns, with what they do to sales, visits and mood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lake.generator.catalogue import FIRST_ID, LEAVES, Catalogue, leaf_id
from lake.generator.clock import Clock, day_number, iso, stamps
from lake.generator.parameters import Parameters
from lake.generator.randomness import Bools, Dice, Ints

KINDS = ("percent", "bogo", "amount", "shipping")
PLATFORMS = ("instagram", "facebook", "tiktok", "x")
ANNOUNCED = 7
UNKNOWN_PRODUCT = 999_000


@dataclass(frozen=True)
class Promotion:
    """One promotion; days are local, `last` included."""

    position: int
    kind: str
    value: int
    """Percent, or cents of the order's currency."""
    first: int
    last: int
    endless: bool
    code: str | None
    leaves: tuple[int, ...]
    products: tuple[int, ...]
    """Positions in the catalogue."""
    unknown: tuple[int, ...]
    sales_percent: int
    visits_percent: int
    mood: int
    """Hundredths added to the score of posts about it."""
    budget: int

    @property
    def id(self) -> str:
        """P-0001."""
        return f"P-{self.position + 1:04d}"

    @property
    def name(self) -> str:
        """As people name it in posts."""
        kinds = {
            "percent": "Remise",
            "bogo": "Un acheté, un offert",
            "amount": "Bon d'achat",
            "shipping": "Port offert",
        }
        return f"{kinds[self.kind]} n° {self.position + 1}"

    def covers(self, leaf: Ints) -> Bools:
        """Which products (by their leaf today) are in its scope."""
        found = np.isin(leaf, np.asarray(self.leaves, dtype=np.int64))
        known = [position for position in self.products if position < len(leaf)]
        found[known] = True
        return found


@dataclass(frozen=True)
class Campaign:
    """One campaign on one platform; days included."""

    position: int
    platform: str
    first: int
    last: int
    promotion: int | None
    budget: int
    currency: str

    @property
    def id(self) -> str:
        """C-001."""
        return f"C-{self.position + 1:03d}"

    @property
    def hashtag(self) -> str:
        """By which posts name it."""
        return f"#halles{self.position + 1}"


class Promotions:
    """All promotions and campaigns of a shop's life, worked out when asked for."""

    def __init__(self, parameters: Parameters, dice: Dice, clock: Clock, catalogue: Catalogue) -> None:
        self.parameters, self.dice, self.clock, self.catalogue = parameters, dice, clock, catalogue
        self.epoch = day_number(parameters.epoch)
        self.known: dict[int, Promotion] = {}
        self.campaigns: dict[int, Campaign] = {}
        self.running: dict[int, list[Promotion]] = {}
        self.advertised: dict[int, list[Campaign]] = {}

    def promotion(self, position: int) -> Promotion:
        """The nth promotion."""
        if position not in self.known:
            self.known[position] = self._draw(position)
        return self.known[position]

    def _draw(self, position: int) -> Promotion:
        parameters = self.parameters

        def one(name: str, limit: int) -> int:
            return self.dice.one(f"promotion.{name}", position, limit)

        first = self.epoch + 1 + position * parameters.promotion_every_days + one("jitter", 3)
        kind = KINDS[int(self.dice.pick("promotion.kind", position, 1, (50, 20, 20, 10))[0])]
        by_leaf = one("by_leaf", 2) == 0
        drawn = self.dice.below("promotion.products", position, 3 + one("size", 6), parameters.first_products)
        products = () if by_leaf else tuple(sorted(set(drawn.tolist())))
        percent = parameters.effect_percents[
            int(self.dice.pick("promotion.effect", position, 1, parameters.effect_weights)[0])
        ]
        has_code = kind in ("amount", "shipping") or one("code", 10) < 3
        unknown = one("unknown", 10_000) < parameters.unknown_product_rate
        value = {"percent": 5 * (1 + one("value", 8)), "bogo": 1, "amount": 500 * (1 + one("value", 4)), "shipping": 0}
        return Promotion(
            position=position, kind=kind, value=value[kind], first=first, last=first + 4 + one("length", 17),
            endless=one("endless", 10_000) < parameters.endless_rate,
            code=f"HALLES{position + 1}" if has_code else None,
            leaves=(one("leaf", LEAVES),) if by_leaf else (), products=products,
            unknown=(UNKNOWN_PRODUCT + position,) if unknown else (),
            sales_percent=percent, visits_percent=100 + (percent - 100) * 3 // 4, mood=(percent - 100) // 5,
            budget=100_000 * (1 + one("budget", 20)),
        )  # fmt: skip

    def campaign(self, position: int) -> Campaign:
        """The nth campaign; every second one advertises a promotion."""
        if position not in self.campaigns:
            first = self.epoch + position * self.parameters.campaign_every_days
            promotion = None
            if position % 2 == 0:
                promotion = max((first - self.epoch) // self.parameters.promotion_every_days, 0)
                first = self.promotion(promotion).first
            platform = self.dice.one("campaign.platform", position, len(PLATFORMS))
            last = first + 6 + self.dice.one("campaign.length", position, 15)
            budget = 50_000 * (1 + self.dice.one("campaign.budget", position, 10))
            currency = ("EUR", "EUR", "USD", "GBP")[platform]
            self.campaigns[position] = Campaign(position, PLATFORMS[platform], first, last, promotion, budget, currency)
        return self.campaigns[position]

    def announced(self, day: int) -> list[Promotion]:
        """The promotions that the shop's list names on the day."""
        last = (day + ANNOUNCED - self.epoch - 1) // self.parameters.promotion_every_days
        found = [self.promotion(position) for position in range(max(last + 1, 0))]
        return [promotion for promotion in found if promotion.first <= day + ANNOUNCED]

    def active(self, day: int) -> list[Promotion]:
        """The promotions that run on the day."""
        if day not in self.running:
            known = self.announced(day)
            self.running = {day: [promotion for promotion in known if promotion.first <= day <= promotion.last]}
        return self.running[day]

    def planned_campaigns(self, day: int) -> list[Campaign]:
        """The campaigns that the list names on the day."""
        last = (day + ANNOUNCED - self.epoch) // self.parameters.campaign_every_days
        found = [self.campaign(position) for position in range(max(last + 1, 0))]
        return [campaign for campaign in found if campaign.first <= day + ANNOUNCED]

    def running_campaigns(self, day: int) -> list[Campaign]:
        """The campaigns that run on the day."""
        if day not in self.advertised:
            known = self.planned_campaigns(day)
            self.advertised = {day: [campaign for campaign in known if campaign.first <= day <= campaign.last]}
        return self.advertised[day]

    def effect(self, day: int, leaf: Ints, which: str = "sales_percent") -> Ints:
        """By how many percent each product sells (or is visited: `visits_percent`) on the day."""
        found = np.full(len(leaf), 100, dtype=np.int64)
        for promotion in self.active(day):
            found = np.where(promotion.covers(leaf), found * getattr(promotion, which) // 100, found)
        return found

    def promotion_document(self, day: int) -> dict[str, object]:
        """promotions_D.json: all promotions known on the day."""
        items = [self._exported(promotion, day) for promotion in self.announced(day)]
        exported = stamps(np.array([self.clock.midnight(day + 1) - 1800]), "Z")[0]
        return {"exported_at": exported, "promotions": items}

    def _exported(self, promotion: Promotion, day: int) -> dict[str, object]:
        ends_at = stamps(np.array([self.clock.midnight(promotion.last + 1)]), "Z")[0]
        products = [FIRST_ID + position for position in promotion.products]
        value = promotion.value / 100 if promotion.kind == "amount" else promotion.value
        return {
            "id": promotion.id, "name": promotion.name, "type": promotion.kind, "value": value,
            "starts_at": stamps(np.array([self.clock.midnight(promotion.first)]), "Z")[0],
            "ends_at": None if promotion.endless and day <= promotion.last else ends_at,
            "code": promotion.code,
            "scope": {
                "categories": [leaf_id(leaf) for leaf in promotion.leaves],
                "products": [{"id": number} for number in [*products, *promotion.unknown]],
            },
            "budget": {"amount": promotion.budget / 100, "currency": self.parameters.currency},
        }  # fmt: skip

    def campaign_document(self, day: int) -> dict[str, object]:
        """campaigns_D.json: all campaigns known on the day."""
        items = [
            {
                "id": campaign.id, "name": f"Campagne {campaign.position + 1} {campaign.platform}",
                "platform": campaign.platform, "starts_on": iso(campaign.first), "ends_on": iso(campaign.last),
                "hashtag": campaign.hashtag,
                "promotion_id": None if campaign.promotion is None else self.promotion(campaign.promotion).id,
                "budget": {"amount": campaign.budget / 100, "currency": campaign.currency},
            }
            for campaign in self.planned_campaigns(day)
        ]  # fmt: skip
        return {"campaigns": items}
