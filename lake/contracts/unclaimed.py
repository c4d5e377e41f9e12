"""Files in a shop's landing that no feed reads: a typing error in a name or a pattern would else go unnoticed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lake.contracts.catalogue import Catalogue
from lake.contracts.paths import LandingPattern

SHOWN = 5


def unclaimed(names: Iterable[str], catalogue: Catalogue) -> list[str]:
    """The names (below landing) that are of no feed (nor a disabled one), no companion of a file, nothing `ignored`."""
    feeds = catalogue.all_feeds.values()
    claims = [(LandingPattern(feed.path), feed.completeness.companion_suffix) for feed in feeds]
    claims += [(LandingPattern(pattern), "") for pattern in catalogue.shop.ignored]
    return sorted(name for name in names if not any(_is_claimed(name, *claim) for claim in claims))


def shortened(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    rest = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {rest} more" if rest > 0 else "")


def _is_claimed(name: str, pattern: LandingPattern, companion: str) -> bool:
    is_companion = bool(companion) and name.endswith(companion) and pattern.matches(name.removesuffix(companion))
    return is_companion or pattern.matches(name)
