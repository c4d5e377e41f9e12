"""Job without Spark: the demo shop's landing files and the ledger of what is true in them."""

from argparse import Namespace
from pathlib import Path

from lake.arguments import exit_with
from lake.errors import UsageError_
from lake.generator.arguments import generate_parser
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


if __name__ == "__main__":
    exit_with(main, generate_parser())
