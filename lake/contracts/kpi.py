"""The contract of a key figure: what it is called, what it means, and the one place where it is computed."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from lake.contracts.strict import Name, Strict

SHEET = "kpi_sheet"
"""The mart that holds the key figures of each month."""

SHEET_COLUMNS = ("calendar_month", "currency", "value")
"""What the SELECT of a key figure gives."""


class Translated(Strict):
    """One text in the languages of the dictionary."""

    en: str
    fr: str


class MartColumn(Strict):
    """A column of a mart that is the key figure, by product, country or whatever the mart's grain is."""

    table: Name
    column: Name


class Kpi(Strict):
    """One key figure. `sql` puts it into the sheet, month by month; `mart` says which mart's column it is."""

    kpi: Name
    name: Name = Field(description="short name; the sheet shows the figure under this name, too")
    position: int = Field(description="place among the key figures, from 1")
    label: Translated
    tables: list[Name] = Field(min_length=1, description="curated tables that it is computed from")
    computed: Translated = Field(description="how it is computed, in words")
    sql: str | None = Field(default=None, description="a SELECT of calendar_month, currency (XXX for none) and value")
    mart: MartColumn | None = None
    unit: Literal["amount", "count", "rate", "score"]
    grain: Translated
    owner: str
    caveats: Translated | None = None

    @model_validator(mode="after")
    def _is_computed_in_one_place(self) -> Kpi:
        if (self.sql is None) == (self.mart is None):
            raise ValueError("is computed in one place: give either `sql:` or `mart:`")
        return self

    @property
    def names(self) -> list[str]:
        """The values of the sheet's column `kpi` under which the figure stands."""
        return list(dict.fromkeys((self.kpi, self.name)))
