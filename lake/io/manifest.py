"""The companion of a delivery says what it must hold: `{"rows": n, "sha256": "...", "sums": {"Price": "1.50"}}`."""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa

from lake.contracts.source import SourceSpec
from lake.io.sources.records import Reading, Refused


def check_manifest(text: str, sha256: str, reading: Reading, spec: SourceSpec) -> None:
    """Raise Refused (code `manifest`) where the file differs from its manifest; sums are over the texts as numbers."""
    manifest = _parsed(text)
    if "sha256" in manifest and str(manifest["sha256"]).lower() != sha256:
        raise Refused("manifest", "the bytes are not those of the manifest (sha256): ask the sender for the file again")
    if "rows" in manifest and str(manifest["rows"]) != str(reading.record_count):
        said = f"{reading.record_count} records, the manifest says {manifest['rows']}"
        raise Refused("manifest", f"{said}: ask the sender")
    names = {column.source_name: column.name for column in spec.columns}
    for source, expected in manifest.get("sums", {}).items():
        found = _sum(reading, names.get(source, source))
        if found is None or found != _number(expected):
            raise Refused("manifest", f"the sum of {source} is {found}, the manifest says {expected}: ask the sender")


def _parsed(text: str) -> dict[str, Any]:
    try:
        manifest = json.loads(text, parse_float=Decimal)
    except ValueError:
        manifest = None
    if not isinstance(manifest, dict) or not isinstance(manifest.get("sums", {}), dict):
        raise Refused("manifest", "the manifest is not a JSON object: ask the sender for a new one")
    return manifest


def _number(value: object) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _sum(reading: Reading, column: str) -> Decimal | None:
    total = Decimal(0)
    for batch in reading.batches:
        if column not in batch.schema.names:
            return None
        for value in batch.column(column):
            try:
                total += Decimal(value.as_py() or "0") if isinstance(value, pa.StringScalar) else Decimal(0)
            except InvalidOperation:
                return None
    return total
