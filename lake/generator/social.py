"""Posts, comments, likes and shares: who writes what about which product, promotion or campaign, in which mood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lake.generator import names_and_places as words
from lake.generator.catalogue import FIRST_ID as FIRST_PRODUCT
from lake.generator.catalogue import Catalogue
from lake.generator.clock import Clock
from lake.generator.customers import Customers
from lake.generator.orders import Orders
from lake.generator.parameters import Parameters
from lake.generator.post_texts import written
from lake.generator.promotions import PLATFORMS, Promotions
from lake.generator.randomness import Dice, Ints

KINDS = ("post", "comment", "like", "share")
POST, COMMENT = 0, 1
NOTHING, PRODUCT_NAME, PRODUCT_TAG, PRODUCT_ID, PROMOTION, CAMPAIGN = range(6)
ANSWERS_WITHIN = 3
LABELS = ("negative", "neutral", "positive")


@dataclass(frozen=True)
class Interaction:
    """One post, comment, like or share as it was first written."""

    id: str
    kind: str
    platform: str
    created_at: int
    author: int | None
    """Position of the customer who wrote it under the declared handle; None: a stranger."""
    handle: str
    followers: int
    parent: str | None
    text: str | None
    language: str
    tags: tuple[str, ...]
    mentioned_products: tuple[int, ...]
    mentioned_campaign: str | None
    about_product: int | None
    """id_product that it is about, mentioned in any way."""
    about_promotion: str | None
    about_campaign: str | None
    score: int
    """True mood in hundredths, -100 to 100."""
    likes: int


def mood_of(score: int) -> int:
    """0 negative, 1 neutral, 2 positive: below -0.2, up to 0.2, above."""
    return 0 if score < -20 else 2 if score > 20 else 1


class Social:
    """The interactions of any day."""

    def __init__(
        self, parameters: Parameters, dice: Dice, clock: Clock, customers: Customers, catalogue: Catalogue,
        promotions: Promotions, orders: Orders,
    ) -> None:  # fmt: skip
        self.parameters, self.dice, self.clock = parameters, dice, clock
        self.customers, self.catalogue, self.promotions, self.orders = customers, catalogue, promotions, orders

    def kinds(self, day: int) -> Ints:
        """The kind of each interaction of the day; the first one is always a post, so that there is one to answer."""
        percent = self.parameters.posts_per_order_percent * (80 + self.dice.one("social.noise", day, 41))
        count = max(self.orders.expected(day) * percent // 1_000_000, 1)
        kinds = self.dice.pick("social.kind", day, count, (42, 28, 22, 8))
        kinds[0] = POST
        return kinds

    def interactions(self, day: int) -> list[Interaction]:
        """All interactions that are written on the day, ascending in time."""
        dice, kinds = self.dice, self.kinds(day)
        size = len(kinds)
        moments = self.orders.moments("social", day, size).tolist()
        platform = dice.below("social.platform", day, size, len(PLATFORMS)).tolist()
        known = dice.chance("social.author_known", day, size, 4000).tolist()
        who = dice.below("social.author", day, size, self.customers.count(day)).tolist()
        stranger = dice.below("social.stranger", day, size, 40_000).tolist()
        language = dice.pick("social.language", day, size, (46, 22, 14, 18)).tolist()
        mode = dice.pick("social.mention", day, size, (25, 20, 20, 10, 10, 15)).tolist()
        score = (
            dice.between("social.mood", day, size, -60, 70) + dice.between("social.mood_more", day, size, -40, 40)
        ).tolist()
        choice = dice.below("social.text", day, size, 3 << 16).tolist()
        followers = (1 << dice.below("social.followers", day, size, 14)).tolist()
        shelf = self.catalogue.shelf(day)
        product = dice.pick("social.product", day, size, np.where(shelf.on_sale, shelf.popularity, 0)).tolist()
        answered = self._answered(day, kinds)
        found = []
        for at in range(size):
            subject = self._subject(day, mode[at], product[at], choice[at], shelf.leaf)
            mood = max(-100, min(100, score[at] + subject.mood))
            tongue = words.LANGUAGES[language[at]]
            has_text = kinds[at] in (POST, COMMENT)
            handle = self.customers.handle(who[at]) if known[at] else None
            text = written(tongue, mood_of(mood), choice[at], subject.named) if has_text else None
            if text is not None and subject.tags:
                text += " " + " ".join(subject.tags)
            found.append(
                Interaction(
                    f"s-{day}-{at}", KINDS[kinds[at]], PLATFORMS[platform[at]], moments[at],
                    who[at] if handle else None, handle or f"@anon{stranger[at]}", followers[at], answered[at],
                    text, tongue, subject.tags if has_text else (), subject.products, subject.campaign,
                    subject.about_product, subject.about_promotion, subject.about_campaign, mood,
                    followers[at] * (choice[at] % 7) // 40,
                )
            )  # fmt: skip
        return found

    def _answered(self, day: int, kinds: Ints) -> list[str | None]:
        """For what is no post, the id of a post of that day or of the days before."""
        size, epoch = len(kinds), self.orders.epoch
        back = self.dice.below("social.parent_day", day, size, ANSWERS_WITHIN + 1).tolist()
        which = self.dice.below("social.parent", day, size, 1 << 20).tolist()
        posts = {
            other: np.flatnonzero(self.kinds(other) == POST) for other in range(max(day - ANSWERS_WITHIN, epoch), day)
        }
        posts[day] = np.flatnonzero(kinds == POST)
        found: list[str | None] = []
        for at, kind in enumerate(kinds.tolist()):
            other = max(day - back[at], epoch)
            candidates = posts[other] if other < day else posts[day][posts[day] < at]
            found.append(None if kind == POST else f"s-{other}-{candidates[which[at] % len(candidates)]}")
        return found

    def _subject(self, day: int, mode: int, product: int, choice: int, leaf: Ints) -> Subject:
        active = self.promotions.active(day)
        if mode in (PRODUCT_NAME, PRODUCT_TAG, PRODUCT_ID):
            mood = sum(one.mood for one in active if one.covers(leaf)[product])
            number, name, tag = FIRST_PRODUCT + product, self.catalogue.name(product, day), self.catalogue.tag(product)
            return Subject(
                name if mode == PRODUCT_NAME else None, (tag,) if mode == PRODUCT_TAG else (),
                (number,) if mode == PRODUCT_ID else (), None, number, None, None, mood,
            )  # fmt: skip
        if mode == PROMOTION and active:
            one = active[choice % len(active)]
            named = one.code if one.code and choice % 2 else f"« {one.name} »"
            return Subject(named, (), (), None, None, one.id, None, one.mood)
        running = self.promotions.running_campaigns(day)
        if mode == CAMPAIGN and running:
            campaign = running[choice % len(running)]
            advertised = None if campaign.promotion is None else self.promotions.promotion(campaign.promotion)
            mood = advertised.mood if advertised and advertised.first <= day <= advertised.last else 0
            explicit = campaign.id if choice % 3 == 0 else None
            return Subject(None, (campaign.hashtag,), (), explicit, None, None, campaign.id, mood)
        return Subject(None, (), (), None, None, None, None, 0)


@dataclass(frozen=True)
class Subject:
    """What an interaction is about and how it says so."""

    named: str | None
    tags: tuple[str, ...]
    products: tuple[int, ...]
    campaign: str | None
    about_product: int | None
    about_promotion: str | None
    about_campaign: str | None
    mood: int
