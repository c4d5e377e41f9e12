"""access_D.log: the requests of a local day in Apache's combined format, a little out of order, with broken lines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from lake.generator.clock import Clock, date_of, iso
from lake.generator.defects import Defect, Entry, Row, spoil
from lake.generator.promotions import Promotions
from lake.generator.randomness import Dice, Ints
from lake.generator.truth import moments
from lake.generator.web import CATEGORY, DECLARED_BOT, LONG_LIVED_BOT, OTHER, PEOPLE, PRODUCT, THANKS, Hits, joined

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
PATHS = ("/", "/category/", "/product/", "/cart", "/checkout", "/order/", "/feed.xml")
BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0",
    "HallesApp/3.1 (Android 14)",
)
CRAWLERS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (compatible; ExampleShopCrawler/0.9; +https://crawler.example/about)",
)
FEED_READER = "PriceWatch/1.0"
BOTS = ("", "declared", "undeclared", "long_lived")
DEFECTS = (Defect("broken_line", 0, lambda line: line[: len(line) // 3], "quarantined", "malformed"),)


def cookies(visitor: Ints) -> list[str]:
    """`v_1f2e3d4c...` for each visitor, `-` where there is no cookie."""
    mixed = (visitor.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(16)
    return [
        f"v_{word:012x}" if number >= 0 else "-" for word, number in zip(mixed.tolist(), visitor.tolist(), strict=True)
    ]


def _paths(hits: Hits, promotions: Promotions) -> list[str]:
    found = []
    columns = (hits.page, hits.target, hits.campaign, hits.promotion)
    for page, target, campaign, promotion in zip(*(column.tolist() for column in columns), strict=True):
        path = PATHS[page]
        if page in (CATEGORY, PRODUCT):
            path += str(target)
        elif page == THANKS:
            path += f"{target}/thanks"
        asked = []
        if campaign >= 0:
            asked.append(
                f"utm_source={promotions.campaign(campaign).platform}&utm_campaign={promotions.campaign(campaign).id}"
            )
        if promotion >= 0:
            asked.append(f"promo={promotions.promotion(promotion).id}")
        found.append(f"{path}?{'&'.join(asked)}" if asked else path)
    return found


def _clients(hits: Hits) -> list[tuple[str, str]]:
    """(address, browser) of each request."""
    pairs = list(zip(hits.client.tolist(), hits.kind.tolist(), strict=True))
    known = {pair: _client(*pair) for pair in set(pairs)}
    return [known[pair] for pair in pairs]


def _client(client: int, kind: int) -> tuple[str, str]:
    if kind == DECLARED_BOT:
        return f"192.0.2.{10 + client}", CRAWLERS[client]
    if kind == LONG_LIVED_BOT:
        return "198.51.100.7", FEED_READER
    mixed = (client * 2_654_435_761 + 12_345) & 0xFFFFFFFF
    return f"10.{mixed >> 24}.{mixed >> 16 & 255}.{mixed >> 8 & 255}", BROWSERS[mixed % 3 if kind else mixed % 4]


def file(
    dice: Dice, clock: Clock, promotions: Promotions, begun: list[Hits], day: int, rate: int
) -> tuple[bytes, dict[str, Any], list[Entry]]:
    """(the file, clean rows, ledger): of the visits that began lately, what was asked on the local day."""
    name, start = f"access_{iso(day)}.log", clock.midnight(day)
    whole = joined(begun)
    at = whole.at
    inside = np.flatnonzero((at >= start) & (at < start + clock.length(day)))
    late = dice.chance("web.out_of_order", day, len(inside), 100) * dice.between("web.behind", day, len(inside), 1, 90)
    inside = inside[np.lexsort((inside, at[inside] + late))]
    hits = Hits(*(getattr(whole, field)[inside] for field in Hits.__dataclass_fields__))
    paths, clients, users = _paths(hits, promotions), _clients(hits), cookies(hits.visitor)
    status = dice.pick("web.status", day, len(inside), (960, 20, 15, 5)).tolist()
    size = dice.between("web.size", day, len(inside), 900, 48_000).tolist()
    rows: list[Row] = [
        (f'{address} - {user} [{when}] "GET {path} HTTP/1.1" {(200, 304, 404, 500)[code]} {length} "-" "{browser}"',)
        for (address, browser), user, when, path, code, length
        in zip(clients, users, _times(hits.at, clock, day), paths, status, size, strict=True)
    ]  # fmt: skip
    spoilt = spoil(dice, "web_log", day, name, rows, DEFECTS, rate, duplicates=False)
    text = "".join(f"{row[0]}\n" for row in spoilt.rows)
    keep = np.array([position for position in range(len(rows)) if position not in spoilt.refused], dtype=np.int64)
    truth = {
        "hit_id": [f"{iso(day)}#{position + 1}" for position in keep.tolist()], "record_number": keep + 1,
        "requested_at": moments(hits.at[keep]),
        "visitor": pa.array(users).take(pa.array(keep)), "path": pa.array(paths).take(pa.array(keep)),
        "client_address": pa.array([address for address, _ in clients]).take(pa.array(keep)),
        "status": np.array((200, 304, 404, 500))[np.array(status, dtype=np.int64)[keep]],
        "is_bot": hits.kind[keep] != PEOPLE, "bot": pa.array(BOTS).take(pa.array(hits.kind[keep])),
    }  # fmt: skip
    entries = [Entry(**{**vars(entry), "key": None}) for entry in spoilt.entries]
    return text.encode(), truth, [*entries, *_bots(hits, clients, day, name), *_disorder(hits, day, name)]


def _times(at: Ints, clock: Clock, day: int) -> list[str]:
    """`05/Jan/2024:14:45:12 +0100`, all of one local day."""
    offset, on = clock.offsets(at), date_of(day)
    local: list[str] = np.datetime_as_string((at + offset).astype("datetime64[s]")).tolist()
    prefix, hours = f"{on.day:02d}/{MONTHS[on.month - 1]}/{on.year}:", (offset // 3600).tolist()
    return [f"{prefix}{text[11:]} +{hour:02d}00" for text, hour in zip(local, hours, strict=True)]


def _bots(hits: Hits, clients: list[tuple[str, str]], day: int, name: str) -> list[Entry]:
    """One row for each program of the day."""
    counts: dict[tuple[str, str, int], int] = {}
    for position in np.flatnonzero(hits.kind != PEOPLE).tolist():
        address, browser = clients[position]
        who = (address, browser, int(hits.kind[position]))
        counts[who] = counts.get(who, 0) + 1
    return [
        Entry(
            day,
            "web_log",
            name,
            "bot",
            "none",
            "",
            None,
            address,
            {"agent": browser, "kind": BOTS[kind], "hits": count},
        )
        for (address, browser, kind), count in counts.items()
    ]


def _disorder(hits: Hits, day: int, name: str) -> list[Entry]:
    behind = int((hits.at[1:] < hits.at[:-1]).sum())
    return (
        [Entry(day, "web_log", name, "out_of_order", "accepted", "", None, None, {"records": behind})] if behind else []
    )


assert PATHS[OTHER] == "/feed.xml"
