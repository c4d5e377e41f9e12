"""Job without Spark: the demo shop's landing files and the ledger of what is true in them."""

from argparse import ArgumentParser, Namespace
from datetime import date
from pathlib import Path

from lake.arguments import exit_with
from lake.errors import UsageError_
from lake.generator.classic_extracts import write_extracts
from lake.generator.demo_shop import generate, shop_landing
from lake.generator.parameters import Parameters

PROJECT = Path(__file__).resolve().parents[1]


def main(arguments: Namespace) -> None:
    """Write the files of the days asked for."""
    parameters = Parameters(
        seed=arguments.seed, epoch=arguments.epoch, orders_per_day=arguments.orders_per_day,
        key_window_days=arguments.key_window_days,
    )  # fmt: skip
    first = arguments.first_date or arguments.epoch
    if first < arguments.epoch or arguments.days < 1 or arguments.orders_per_day < 1:
        raise UsageError_("--from must not lie before --epoch; --days and --orders-per-day must be 1 or more")
    landing = Path(arguments.landing) if arguments.landing else shop_landing(PROJECT, arguments.shop)
    if arguments.form == "csv":
        write_extracts(parameters, first, arguments.days, landing)
        print(f"five extracts of {arguments.days} days from {first} in {landing}")
        return
    generate(parameters, first, arguments.days, landing)
    print(f"{arguments.days} days from {first} in {landing}; the truth in {landing}.truth")


def parser() -> ArgumentParser:
    """The options; `--help` shows them."""
    found = ArgumentParser(prog="jobs/generate.py", description="The demo shop's files and the ledger of their truth.")
    found.add_argument("--shop", default="demo", help="a folder under conf/shops, for its landing")
    found.add_argument("--seed", type=int, default=7)
    found.add_argument(
        "--epoch", type=date.fromisoformat, default=date(2024, 1, 1), help="first day of the shop's life"
    )
    found.add_argument("--from", dest="first_date", type=date.fromisoformat, metavar="DATE", help="default: the epoch")
    found.add_argument("--days", type=int, default=180)
    found.add_argument("--orders-per-day", type=int, default=200, help="mean of an ordinary day in the beginning")
    found.add_argument("--key-window-days", type=int, default=400, help="days of orders that the key lists name")
    found.add_argument("--landing", metavar="DIR", help="default: the shop's")
    found.add_argument(
        "--as", dest="form", choices=("sources", "csv"), default="sources", help="csv: five flat extracts"
    )
    return found


if __name__ == "__main__":
    exit_with(main, parser())
