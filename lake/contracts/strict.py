"""The parent of every contract model: frozen, and unknown keys are errors."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from lake.contracts.patterns import NAME_PATTERN

Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
"""A lower-case name of a shop, feed, entity, table or column."""


class Strict(BaseModel):
    """A frozen model that refuses keys it does not know; `validated` refuses values of another type, too."""

    model_config = ConfigDict(frozen=True, extra="forbid")
