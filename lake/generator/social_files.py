"""social_D.jsonl.gz and sentiments_D.jsonl: interactions, edits, deletions, late scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lake.generator.clock import Clock, iso, stamps
from lake.generator.customers import FIRST_ID as FIRST_CUSTOMER
from lake.generator.customers import NEVER
from lake.generator.defects import Defect, Entry, Row, spoil
from lake.generator.landing_files import gzipped, json_line
from lake.generator.parameters import Parameters
from lake.generator.post_texts import EDITED, mojibake
from lake.generator.randomness import Dice
from lake.generator.social import LABELS, Interaction, mood_of
from lake.generator.truth import moments

REMEMBERED = 20
"""Days after which nothing more comes about an interaction."""


@dataclass(frozen=True)
class Version:
    """A line of the file: the interaction as it was at `at`."""

    of: Interaction
    at: int
    seen_on: int
    edited_at: int | None
    deleted: bool
    text: str | None


@dataclass(frozen=True)
class Score:
    """A line of sentiments_D.jsonl; score in hundredths."""

    interaction: str
    version: int
    scored_at: int
    seen_on: int
    score: int


@dataclass(frozen=True)
class SocialDay:
    """All that will ever be sent about the interactions of one day."""

    versions: list[Version]
    scores: list[Score]


def followed(parameters: Parameters, dice: Dice, clock: Clock, day: int, written: list[Interaction]) -> SocialDay:
    """Edits, deletions, late files and scores of the interactions of a day."""
    size = len(written)

    def when(name: str, rate: int, least: int, most: int) -> list[int]:
        happens = dice.chance(f"social.{name}", day, size, rate)
        after = dice.between(f"social.{name}_after", day, size, least, most)
        return np.where(happens, after, NEVER).tolist()  # type: ignore[no-any-return]

    edits, deletions = when("edit", 400, 600, 3 * 86_400), when("delete", 200, 4 * 86_400, 10 * 86_400)
    late = when("late", 300, 1, 3)
    scored = when("scored", parameters.sentiment_rate, 86_400, 4 * 86_400)
    revised = when("revised", parameters.revised_sentiment_rate, 3 * 86_400, 10 * 86_400)
    noise = dice.between("social.score_noise", day, size, -6, 6).tolist()
    versions, scores = [], []
    for at, one in enumerate(written):
        first = day + (late[at] if late[at] < NEVER else 0)
        text, edited = one.text, None
        versions.append(Version(one, one.created_at, first, None, False, text))
        if edits[at] < NEVER and one.text is not None:
            edited, text = one.created_at + edits[at], f"{one.text} {EDITED[one.language]}"
            versions.append(Version(one, edited, max(_day(clock, edited), first), edited, False, text))
        if deletions[at] < NEVER:
            gone = one.created_at + deletions[at]
            versions.append(Version(one, gone, max(_day(clock, gone), first), edited, True, None))
        if one.text is not None and scored[at] < NEVER:
            moment = one.created_at + scored[at]
            scores.append(Score(one.id, 1, moment, _day(clock, moment), max(-100, min(100, one.score + noise[at]))))
            if revised[at] < NEVER:
                moment += revised[at]
                scores.append(Score(one.id, 2, moment, _day(clock, moment), one.score))
    return SocialDay(versions, scores)


def _day(clock: Clock, moment: int) -> int:
    return int(clock.days_of(np.array([moment]))[0])


def _z(moment: int | None) -> str | None:
    return None if moment is None else stamps(np.array([moment]), "Z")[0]


def document(version: Version) -> dict[str, Any]:
    """The JSON object of one line."""
    one = version.of
    return {
        "id": one.id, "platform": one.platform, "kind": one.kind, "created_at": _z(one.created_at),
        "edited_at": _z(version.edited_at), "deleted": version.deleted,
        "author": {"handle": one.handle, "followers": one.followers}, "parent_id": one.parent, "text": version.text,
        "lang": one.language, "tags": list(one.tags),
        "mentions": {"products": list(one.mentioned_products), "campaign": one.mentioned_campaign},
        "counts": {"likes": one.likes, "shares": one.likes // 5},
    }  # fmt: skip


def _garbled(value: dict[str, Any]) -> dict[str, Any]:
    return {**value, "text": mojibake(value["text"])}


DEFECTS = (
    Defect("broken_json", 1, lambda value: json_line(value)[:-9], "quarantined", "malformed"),
    Defect("mojibake", 1, _garbled, "repaired"),
)
SCORE_DEFECTS = (
    Defect("score_out_of_range", 1, lambda value: {**value, "score": 1.7}, "quarantined", "score between -1 and 1"),
)


def social_file(dice: Dice, days: list[SocialDay], day: int, rate: int) -> tuple[bytes, dict[str, Any], list[Entry]]:
    """(the file, clean rows, ledger) of a day; no bytes where nothing was written on it."""
    name = f"social_{iso(day)}.jsonl.gz"
    versions = [version for each in days for version in each.versions if version.seen_on == day]
    versions.sort(key=lambda version: (version.at, version.of.id))
    rows: list[Row] = [(version.of.id, document(version)) for version in versions]
    garbles = [version.text is not None and mojibake(version.text) is not None for version in versions]
    spoilt = spoil(dice, "social_interactions", day, name, rows, DEFECTS, rate, can_be_spoilt=garbles.__getitem__)
    text = "".join((row[1] if isinstance(row[1], str) else json_line(row[1])) + "\n" for row in spoilt.rows)
    accepted = [version for at, version in enumerate(versions) if at not in spoilt.refused]
    entries = [*spoilt.entries, *_social_ledger(versions, accepted, day, name)]
    content = gzipped(text) if text else b""
    return content, _social_truth([version for version in accepted if not version.deleted]), entries


def _social_ledger(versions: list[Version], accepted: list[Version], day: int, name: str) -> list[Entry]:
    entries = []
    for at, version in enumerate(versions):
        one = version.of
        if version.edited_at is None and not version.deleted:
            if one.text is not None:
                about = {"product": one.about_product, "promotion": one.about_promotion, "campaign": one.about_campaign}
                truth = {"score": one.score / 100, "label": LABELS[mood_of(one.score)], **about}
                entries.append(Entry(day, "social_interactions", name, "sentiment", "none", "", None, one.id, truth))
            if version.seen_on > int(one.id.split("-")[1]):
                entries.append(Entry(day, "social_interactions", name, "late", "accepted", "", at + 1, one.id))
        elif not version.deleted:
            entries.append(Entry(day, "social_interactions", name, "edit", "accepted", "", at + 1, one.id))
    flagged = {"by": "flag in the record"}
    return entries + [
        Entry(day, "social_interactions", name, "hard_delete", "deleted", "", None, version.of.id, flagged)
        for version in accepted
        if version.deleted
    ]


def _social_truth(versions: list[Version]) -> dict[str, Any]:
    return {
        "id": [v.of.id for v in versions], "platform": [v.of.platform for v in versions],
        "kind": [v.of.kind for v in versions],
        "created_at": moments(np.array([v.of.created_at for v in versions], dtype=np.int64)),
        "edited_at": moments(np.array([v.edited_at or -1 for v in versions], dtype=np.int64)),
        "author_handle": [v.of.handle for v in versions], "author_followers": [v.of.followers for v in versions],
        "id_customer": [None if v.of.author is None else FIRST_CUSTOMER + v.of.author for v in versions],
        "parent_id": [v.of.parent for v in versions], "text": [v.text for v in versions],
        "lang": [v.of.language for v in versions], "tags": [list(v.of.tags) for v in versions],
        "mentioned_products": [list(v.of.mentioned_products) for v in versions],
        "mentioned_campaign": [v.of.mentioned_campaign for v in versions],
        "about_product": [v.of.about_product for v in versions],
        "about_promotion": [v.of.about_promotion for v in versions],
        "about_campaign": [v.of.about_campaign for v in versions],
        "likes": [v.of.likes for v in versions],
    }  # fmt: skip


def sentiment_file(dice: Dice, days: list[SocialDay], day: int, rate: int) -> tuple[bytes, dict[str, Any], list[Entry]]:
    """(the file, clean rows, ledger) of a day."""
    name = f"sentiments_{iso(day)}.jsonl"
    scores = [score for each in days for score in each.scores if score.seen_on == day]
    scores.sort(key=lambda score: (score.scored_at, score.interaction))
    rows: list[Row] = [
        (
            f"{one.interaction}|{one.version}",
            {
                "interaction_id": one.interaction, "model": "m1", "version": one.version,
                "scored_at": _z(one.scored_at), "score": one.score / 100, "label": LABELS[mood_of(one.score)],
            },
        )
        for one in scores
    ]  # fmt: skip
    spoilt = spoil(dice, "sentiments", day, name, rows, SCORE_DEFECTS, rate, duplicates=False)
    kept = [one for at, one in enumerate(scores) if at not in spoilt.refused]
    rows_true = {
        "sentiment_id": [f"{one.interaction}|{one.version}" for one in kept],
        "interaction_id": [one.interaction for one in kept], "model": ["m1"] * len(kept),
        "version": [one.version for one in kept],
        "scored_at": moments(np.array([one.scored_at for one in kept], dtype=np.int64)),
        "score": [one.score / 100 for one in kept], "label": [LABELS[mood_of(one.score)] for one in kept],
    }  # fmt: skip
    revised = [
        Entry(day, "sentiments", name, "revised", "accepted", "", at + 1, rows[at][0])
        for at, one in enumerate(scores)
        if one.version > 1
    ]
    text = "".join(json_line(row[1]) + "\n" for row in spoilt.rows)
    return text.encode(), rows_true, [*spoilt.entries, *revised]
