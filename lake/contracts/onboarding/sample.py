"""What a scaffold is made from: the first records of a source as texts by field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

SAMPLED = 200


@dataclass(frozen=True)
class Sample:
    """The first records of a file or table, as texts by field; `types` are those that the source itself declares."""

    format: str
    fields: Mapping[str, Sequence[str]]
    notes: Sequence[str] = ()
    types: Mapping[str, str] = field(default_factory=dict)
    load: str = "append"
    facts: Sequence[str] = ()
    """Further lines of the YAML, such as `version_by`."""
