"""The contract of a shop: where its files land, its money and its clock."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from lake.contracts.patterns import CURRENCY, JDBC_URL, VARIABLE
from lake.contracts.strict import Name, Strict

Currency = Annotated[str, StringConstraints(pattern=CURRENCY)]


class Connection(Strict):
    """A database that feeds are pulled from. Its password is read from the environment, never from a file."""

    url: Annotated[str, StringConstraints(pattern=JDBC_URL)]
    user: str
    password_env: Annotated[str, StringConstraints(pattern=VARIABLE)] = Field(
        description="the environment variable that holds the password"
    )


class Generated(Strict):
    """A made-up shop: what `jobs/generate.py` writes into its landing where nothing lies yet."""

    seed: int = 7
    first_date: date = Field(description="the first day, with which the shop's life begins")
    days: Annotated[int, Field(ge=1)]
    orders_per_day: Annotated[int, Field(ge=1)] = Field(description="mean of an ordinary day in the beginning")


class Shop(Strict):
    """One shop; its feeds lie in `feeds/` beside it."""

    shop: Name
    title: str
    description: str = ""
    landing: str = Field(description="folder or URI of the delivered files; relative: to the project")
    generated: Generated | None = Field(
        default=None, description="a made-up shop: run_pipeline writes these days into a landing that is not there yet"
    )
    ignored: list[str] = Field(
        default=[],
        description="names in landing that no feed reads and nobody need hear of, with * and ?; "
        "of a table: FILE#TABLE or CONNECTION#TABLE",
    )
    currency: Currency
    time_zone: str = Field(description="IANA name, such as Europe/London: the shop's days and months")
    connections: dict[Name, Connection] = Field(default={}, description="databases that `kind: jdbc` feeds name")
    payments_are_whole: bool = Field(
        default=True,
        description="payments and returns tell all money that moves. false (refunds without a return, payments that "
        "lie elsewhere): orders whose payments are not what is due stop nothing, ops/incomplete_orders tells them",
    )
    precedence: dict[Name, list[Name]] = Field(
        default={}, description="entity: feeds, the first with a value gives an attribute"
    )
