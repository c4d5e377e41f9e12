"""Random numbers that depend on nothing but the seed, a name and a key: the same on any machine, in any order.

Philox's raw 64-bit words are used with integer arithmetic alone: numpy may change its distributions from release to
release, and sums and logarithms of floats differ between machines.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Dice:
    """One stream of words for each (seed, name, key); the first n words do not depend on how many are asked for."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def words(self, name: str, key: int | str, size: int) -> NDArray[np.uint64]:
        """Words of 32 random bits."""
        digest = hashlib.sha256(f"{self.seed}/{name}/{key}".encode()).digest()
        words = np.random.Philox(key=np.frombuffer(digest[:16], dtype="<u8")).random_raw(size)
        return np.asarray(words, dtype=np.uint64) >> np.uint64(32)

    def below(self, name: str, key: int | str, size: int, limit: int | Ints) -> Ints:
        """Integers from 0 to limit - 1 (limit up to 2^31, one for all or one for each)."""
        scaled = (self.words(name, key, size) * np.asarray(limit, dtype=np.uint64)) >> np.uint64(32)
        return scaled.astype(np.int64)

    def between(self, name: str, key: int | str, size: int, least: int | Ints, greatest: int | Ints) -> Ints:
        """Integers from least to greatest, both included."""
        return least + self.below(name, key, size, np.asarray(greatest - least + 1, dtype=np.int64))

    def chance(self, name: str, key: int | str, size: int, per_ten_thousand: int | Ints) -> Bools:
        """True with the given probability."""
        return self.below(name, key, size, 10_000) < per_ten_thousand

    def pick(self, name: str, key: int | str, size: int, weights: Ints | tuple[int, ...]) -> Ints:
        """Positions in `weights`, each as likely as its weight (whole numbers, sum below 2^31)."""
        limits = np.cumsum(np.asarray(weights, dtype=np.int64))
        return np.searchsorted(limits, self.below(name, key, size, int(limits[-1])), side="right").astype(np.int64)

    def one(self, name: str, key: int | str, limit: int) -> int:
        """One integer from 0 to limit - 1."""
        return int(self.below(name, key, 1, limit)[0])


def rounded_share(amount: Ints, part: int | Ints, whole: int | Ints) -> Ints:
    """amount * part / whole, rounded half up, for amounts not below zero."""
    return (2 * amount * part + whole) // (2 * whole)
