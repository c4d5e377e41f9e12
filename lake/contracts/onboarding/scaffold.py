"""A first feed YAML out of a sample file: its columns, proposed types and what is left to decide, as comments."""

from __future__ import annotations

import bz2
import codecs
import gzip
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lake.contracts.onboarding.kinds import proposed_kind
from lake.contracts.onboarding.sample import SAMPLED, Sample
from lake.contracts.onboarding.scaffold_lines import sample_of_lines
from lake.errors import SourceError
from lake.names import LONGEST_NAME

YAML_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
"""Words that YAML does not read as text."""

OPENERS: Mapping[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open}
DATE_IN_NAME = [
    (re.compile(r"\d{4}-\d{2}-\d{2}"), "{date}"),
    (re.compile(r"(?<!\d)\d{8}(?!\d)"), "{date:yyyyMMdd}"),
    (re.compile(r"(?<!\d)(19|20)\d\d-(0[1-9]|1[0-2])(?![-\d])"), "{date:yyyy-MM}"),
    (re.compile(r"(?<!\d)(19|20)\d\d(0[1-9]|1[0-2])(?!\d)"), "{date:yyyyMM}"),
    (re.compile(r"(?<!\d)(19|20)\d\d(?!\d)"), "{date:yyyy}"),
]


def feed_scaffold(feed: str, sample: Path, name: str = "") -> str:
    """The YAML text of a new feed; SourceError where the file is no delimited or JSON text.

    `name`: the sample's name below landing, when it lies there.
    """
    name = name or sample.name
    return scaffold_text(feed, name, landing_path(name), _sample(sample))


def scaffold_text(feed: str, source: str, path: str, found: Sample) -> str:
    """The YAML text for what was found in the source; without a path for a table that is pulled."""
    numbers = _decimal_mark(found.fields)
    lines = [
        "# yaml-language-server: $schema=../../../schema/feed.json",
        f"# A proposal made from {source}: look at every line, then remove these comments.",
        f"feed: {feed}",
        "description: TODO what one record means and who sends it",
        "owner: TODO who answers questions about it",
        *([f"path: {json.dumps(path)}"] if path else []),
        f"load: {found.load}  # append | upsert | snapshot",
        f"format: {found.format}",
        *(['numbers: {decimal: ","}  # as in 4,50'] if numbers == "," else []),
        *found.facts,
        *(f"# {note}" for note in found.notes),
        "columns:",
        *(_column(name, values, numbers, found.types.get(name, "")) for name, values in found.fields.items()),
        "provides:",
        "  - entity: TODO  # one of conf/entities",
        f"    route: {feed}",
        "    columns:  # entity column: SQL over the columns above",
        *(f"      {column_name(name)}: {column_name(name)}" for name in found.fields),
    ]
    return "\n".join(lines) + "\n"


def column_name(source: str) -> str:
    """A field's name as a column's: `CustomerID` is `customer_id`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", source.strip())
    name = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")
    is_name = re.match("[a-z]", name) and name not in YAML_WORDS
    return (name if is_name else f"field_{name}")[:LONGEST_NAME].rstrip("_")


def landing_path(name: str) -> str:
    """The `path` of a feed for files named like this one: its date becomes `{date}`."""
    for pattern, placeholder in DATE_IN_NAME:
        if pattern.search(name):
            return pattern.sub(placeholder, name, count=1)
    return name


def _decimal_mark(fields: Mapping[str, Sequence[str]]) -> str:
    """A feed has one: the mark of most values that are decimals."""
    kinds = [values for values in fields.values() if proposed_kind(values)[0] == "decimal"]
    commas, points = (sum(mark in value for values in kinds for value in values) for mark in ",.")
    return "," if commas > points else "."


def _column(source: str, values: Sequence[str], mark: str, declared: str) -> str:
    kind, patterns = (declared, []) if declared else proposed_kind(values, source)
    others = ",." if not declared and kind == "decimal" else ""
    if any(other in value for value in values for other in others if other != mark):
        kind = "string"
    name = column_name(source)
    parts = [f"name: {name}"] + ([f"source: {json.dumps(source, ensure_ascii=False)}"] if source != name else [])
    parts += ([f"type: {kind}"] if kind != "string" else []) + ([f'formats: ["{patterns[0]}"]'] if patterns else [])
    shown = next((value.strip() for value in values if value.strip()), "")
    note = re.sub(r"\s+", " ", shown)[:40] or "empty in the sample"
    note += "".join(f"; {other} fits as well: which one is it?" for other in patterns[1:])
    return f"  - {{{', '.join(parts)}}}  # e.g. {note}"


def _sample(path: Path) -> Sample:
    with OPENERS.get(path.suffix, Path.open)(path, "rb") as stream:
        content = stream.read(1_000_000)
    encoding, text = _decoded(content)
    if "\0" in text or not text.strip():
        raise SourceError(f"{path}: is empty or no text; give a delimited or JSON file")
    if text.lstrip()[:1] in "{[":
        return _json_sample(path, text, encoding)
    return sample_of_lines(path, text, encoding)


def _decoded(content: bytes) -> tuple[str, str]:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", content.decode("utf-16", errors="ignore")
    try:
        return "utf-8", content.decode("utf-8-sig", errors="strict" if len(content) < 1_000_000 else "ignore")
    except UnicodeDecodeError:
        return "windows-1252", content.decode("cp1252", errors="replace")


def _json_sample(path: Path, text: str, encoding: str) -> Sample:
    option = f", encoding: {encoding}" * (encoding != "utf-8")
    try:
        records = [json.loads(line) for line in text.splitlines()[:SAMPLED] if line.strip()]
        if not all(isinstance(one, dict) for one in records) or (len(records) == 1 and _is_wrapping(records[0])):
            raise ValueError  # a whole document on one line, as many services send it
        return Sample(f"{{kind: json, layout: lines{option}}}", _fields(records), types=_arrays(records))
    except ValueError:
        pass
    try:
        document = json.loads(text)
    except ValueError as error:
        raise SourceError(f"{path}: no JSON ({error}); give a whole document or JSON lines") from None
    name, records = ("", document) if isinstance(document, list) else _first_array(document)
    records_option = f", records: {name}" if name else ""
    sampled = records[:SAMPLED]
    form = f"{{kind: json, layout: document{records_option}{option}}}"
    return Sample(form, _fields(sampled), types=_arrays(sampled))


def _first_array(document: dict[str, Any]) -> tuple[str, list[Any]]:
    found = [(name, value) for name, value in document.items() if isinstance(value, list)]
    return next((one for one in found if one[1]), found[0] if found else ("", [document]))


def _is_wrapping(record: dict[str, Any]) -> bool:
    """Whether it is less a record than what records came in: more of them in its array than fields around it."""
    name, records = _first_array(record)
    return bool(name) and all(isinstance(one, dict) for one in records) and len(records) >= len(record)


def _fields(records: Iterable[Any]) -> dict[str, list[str]]:
    """Values by dotted path, also of fields that are null throughout; arrays stay JSON text."""
    fields: dict[str, list[str]] = {}
    for record in records:
        for path, value in _leaves(record, ""):
            values = fields.setdefault(path, [])
            values += [] if value is None else [value if isinstance(value, str) else json.dumps(value)]
    holds_others = {path for path in fields if any(other.startswith(f"{path}.") for other in fields)}
    return {path: values for path, values in fields.items() if path not in holds_others}


def _arrays(records: Iterable[Any]) -> dict[str, str]:
    """The type of fields that hold arrays, which an item can `explode`."""
    return {path: "json" for record in records for path, value in _leaves(record, "") if isinstance(value, list)}


def _leaves(value: Any, path: str) -> Iterable[tuple[str, Any]]:
    if not isinstance(value, dict):
        return [(path, value)] if path else []
    if not value and path:
        return [(path, None)]
    return [leaf for name, inner in value.items() for leaf in _leaves(inner, f"{path}.{name}" if path else name)]
