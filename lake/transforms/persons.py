"""Who is one person: identities connected by any address that two of them have had."""

from __future__ import annotations

from collections.abc import Iterable

PERSONS = "array<struct<customer_key: bigint, person_key: bigint>>"
"""What `persons_of` returns, as a Spark type."""


def persons_of(links: Iterable[tuple[int, str]]) -> list[tuple[int, int]]:
    """(customer_key, person_key) of every identity, out of its (customer_key, address) pairs.

    Identities are connected by shared addresses, over as many others as it takes; person_key is the smallest
    customer_key of those connected. Models call it on all pairs at once, of addresses that link anything only.
    """
    above: dict[int, int] = {}

    def root(key: int) -> int:
        above.setdefault(key, key)
        while above[key] != key:
            above[key] = above[above[key]]
            key = above[key]
        return key

    first_of: dict[str, int] = {}
    for key, address in links:
        one, other = sorted((root(key), root(first_of.setdefault(address, key))))
        above[other] = one
    return [(key, root(key)) for key in above]
