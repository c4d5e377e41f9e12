"""The demo shop's verbs at several sizes: order lines per CPU-second, the fitted law, one added day against the whole.

    .venv/bin/python tests/bench/bench_sizes.py [--sizes 30k,300k,3m] [--added-day] [--in FOLDER]

Rows are printed as they are measured. 3m takes hours and 50 GB of disk. LAKE_DRIVER_MEMORY reaches the jobs.
"""

from __future__ import annotations

import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.measure import cost_of, project_copy
from tests.bench.size_law import COSTS_HEAD, LAWS_HEAD, cost_row, fitted, law_row

FIRST_DAY = date(2024, 1, 1)
VERBS = ("ingest", "cleanse", "curate", "publish")


@dataclass(frozen=True)
class Size:
    """What the generator is asked for, and the flags that the jobs' JVM gets."""

    days: int
    orders_per_day: int
    load: str


SIZES = {"30k": Size(90, 120, "short"), "300k": Size(180, 600, "heavy"), "3m": Size(1096, 750, "heavy")}


def lines_of(landing: Path) -> int:
    """Order lines that the shop ever had, by the truth beside its landing."""
    days = sorted(landing.with_name(f"{landing.name}.truth").glob("order_items/*.parquet"))
    keys = pa.concat_tables([pq.read_table(day, columns=["id_order_item"]) for day in days])
    return int(pc.count_distinct(keys["id_order_item"]).as_py())


def hold_back(landing: Path, day: date) -> dict[Path, Path]:
    """Move the files of the day out of landing: place aside -> place in landing."""
    aside = landing.with_name("aside")
    aside.mkdir()
    places = {aside / path.name: path for path in sorted(landing.iterdir()) if str(day) in path.name}
    for place, path in places.items():
        path.rename(place)
    return places


def run_verbs(copy: Path, load: str) -> dict[str, float]:
    """CPU-seconds of each verb, one after the other; each is printed at once."""
    found = {}
    for verb in VERBS:
        job = ["scripts/spark_submit.sh", f"jobs/{verb}.py", "--shop", "demo", "--quiet", "--load", load]
        found[verb] = cost_of([*job, "--root", str(copy.parent / "lake")], copy).cpu
        print(f"  {verb} {found[verb]:.1f}", file=sys.stderr, flush=True)
    return found


def measure(name: str, folder: Path, *, added_day: bool) -> tuple[int, dict[str, float]]:
    """Order lines, and CPU-seconds by verb, of one size; prints the size's rows."""
    size, copy = SIZES[name], project_copy(folder)
    landing = copy / ".landing/demo"
    days = ["--days", str(size.days), "--orders-per-day", str(size.orders_per_day), "--key-window-days", "60"]
    generate = ["scripts/spark_submit.sh", "jobs/generate.py", "--shop", "demo", *days, "--landing", str(landing)]
    costs = {"generate": cost_of(generate, copy).cpu}
    held = hold_back(landing, FIRST_DAY + timedelta(days=size.days - 1)) if added_day else {}
    costs |= run_verbs(copy, size.load)
    lines = lines_of(landing)
    for verb, cpu in costs.items():
        print(cost_row(verb, lines, cpu), flush=True)
    if added_day:
        for aside, place in held.items():
            aside.rename(place)
        added = run_verbs(copy, "short")
        whole, day = sum(costs[verb] for verb in VERBS), sum(added.values())
        parts = ", ".join(f"{verb} {cpu:.1f}" for verb, cpu in added.items())
        ratio = f"{day:.1f} of {whole:.1f} CPU-seconds, ratio {day / whole:.2f}"
        print(f"\n{name}: one added day {ratio} ({parts})\n", flush=True)
    return lines, costs


def main(arguments: Namespace) -> None:
    """Measure the sizes asked for, smallest first, then print the laws."""
    points: dict[str, list[tuple[int, float]]] = {}
    print(COSTS_HEAD)
    for name in [size for size in SIZES if size in arguments.sizes]:
        with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
            lines, costs = measure(name, Path(folder), added_day=arguments.added_day)
        for verb, cpu in costs.items():
            points.setdefault(verb, []).append((lines, cpu))
    laws = {verb: fitted(found) for verb, found in points.items()}
    print("", LAWS_HEAD, *(law_row(verb, law) for verb, law in laws.items() if law), sep="\n")


def sizes(text: str) -> Sequence[str]:
    """`30k,300k`; ValueError, which argparse says, for a size that there is not."""
    found = text.split(",")
    if unknown := [name for name in found if name not in SIZES]:
        raise ValueError(unknown)
    return found


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=sizes, default=["30k", "300k"], help="of 30k, 300k, 3m; default 30k,300k")
    parser.add_argument("--added-day", action="store_true", help="hold the last day back and measure it by itself")
    parser.add_argument("--in", dest="folder", type=Path, metavar="FOLDER", help="where the files go for the time")
    main(parser.parse_args())
