"""The arithmetic of `bench_sizes.py`: the law fitted to a verb's costs at several sizes, and the rows it prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

COSTS_HEAD = "| verb | order lines | CPU-seconds | order lines per CPU-second |\n| --- | ---: | ---: | ---: |"
LAWS_HEAD = "| verb | fixed, CPU-seconds | CPU-seconds per 100,000 order lines |\n| --- | ---: | ---: |"


@dataclass(frozen=True)
class Law:
    """CPU-seconds = fixed + slope x order lines."""

    fixed: float
    slope: float


def fitted(points: Sequence[tuple[int, float]]) -> Law | None:
    """The law of least squares through (order lines, CPU-seconds); None with fewer than two different sizes."""
    if len({lines for lines, _ in points}) < 2:
        return None
    mean_lines = sum(lines for lines, _ in points) / len(points)
    mean_cpu = sum(cpu for _, cpu in points) / len(points)
    spread = sum((lines - mean_lines) ** 2 for lines, _ in points)
    slope = sum((lines - mean_lines) * (cpu - mean_cpu) for lines, cpu in points) / spread
    return Law(mean_cpu - slope * mean_lines, slope)


def cost_row(verb: str, lines: int, cpu: float) -> str:
    """A row below COSTS_HEAD."""
    return f"| {verb} | {lines:,} | {cpu:,.1f} | {lines / cpu:,.0f} |"


def law_row(verb: str, law: Law) -> str:
    """A row below LAWS_HEAD."""
    return f"| {verb} | {law.fixed:,.1f} | {law.slope * 100_000:,.1f} |"
