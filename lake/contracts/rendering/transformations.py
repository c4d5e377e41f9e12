"""docs/transformations, rendered from feeds and entities: out of which source fields each cleansed column comes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lake.contracts.catalogue import Catalogue
from lake.contracts.columns import Column, Expectation
from lake.contracts.entity import Entity
from lake.contracts.feed import Feed, FeedColumn, Provision
from lake.contracts.sql_expressions import columns_of
from lake.names import ALLOWED_PREFIX

Refused = Mapping[tuple[str, str, str], int]
"""(shop, feed, rule) -> records that are known to break the rule."""

INTRODUCTION = """\
Rendered from `conf` by `lake contracts transformations`; a test fails when the two differ.
*Source* names the fields of the feed that a column is made of, *read as* what becomes of their text first. A text that
cannot be read as its type breaks `cast_<field>`; a required column without a value breaks `required_<column>`. Rows
that break a rule of severity `quarantine` keep their text in quarantine, with all rules that they break.
"""


def transformation_documents(shops: Mapping[str, Catalogue], refused: Refused) -> dict[str, str]:
    """File name -> text: a document for each entity that any shop provides, and a list of them."""
    entities = {name: entity for catalogue in shops.values() for name, entity in catalogue.entities.items()}
    found = {}
    for name, entity in sorted(entities.items()):
        parts = [part for shop, catalogue in shops.items() for part in _of_shop(shop, catalogue, name, refused)]
        if parts:
            head = [f"# {name}\n", f"{entity.description} Grain: {entity.grain}.\n", INTRODUCTION]
            found[f"{name}.md"] = "\n".join([*head, *parts]) + "\n"
    lines = [f"| [{name}]({name}.md) | {entities[name].description} |" for name in (n[:-3] for n in found)]
    head = ["# Transformations\n", "How each cleansed table is made, feed by feed.\n"]
    return {**found, "README.md": "\n".join([*head, "| table | what |", "| --- | --- |", *lines]) + "\n"}


def _of_shop(shop: str, catalogue: Catalogue, name: str, refused: Refused) -> Iterator[str]:
    for feed in catalogue.providers(name):
        for item in (item for item in feed.provides if item.entity == name):
            entity = catalogue.entities[name]
            condition = f" where `{item.when}`" if item.when else ""
            each = f", each element of `{item.explode.column}`" if item.explode else ""
            kind = "record" if item.route else "accepted record"
            yield f"## {shop}, feed {feed.feed}\n"
            ignored = f" Ignored: records where `{feed.ignore_when}`." if feed.ignore_when else ""
            yield f"{feed.description} Each {kind}{each}{condition}; load `{feed.load.value}`.{ignored}\n"
            yield "| column | source | read as | made by | without a value |"
            yield "| --- | --- | --- | --- | --- |"
            made = [column for column in entity.columns if not _is_left_out(item, column)]
            yield from (_column(feed, item, column, entity.key) for column in made)
            left = ", ".join(column.name for column in entity.columns if column not in made)
            yield f"\nNot given by this feed: {left}.\n" if left else ""
            counted = {rule: n for (*of, rule), n in refused.items() if of == [shop, feed.feed]}
            yield from _rules(feed, item, entity, counted)


def _is_left_out(item: Provision, column: Column) -> bool:
    return column.name not in item.columns and column.default is None and not column.required


def _column(feed: Feed, item: Provision, column: Column, key: Sequence[str]) -> str:
    made_by = item.columns.get(column.name)
    fields = {one.name: one for one in [*feed.columns, *(item.explode.columns if item.explode else [])]}
    read = [fields[name] for name in sorted(columns_of(made_by)) if name in fields] if made_by else []
    sources = ", ".join(f"`{one.source or one.name}`" for one in read)
    casts = "; ".join(dict.fromkeys(_cast(feed, one) for one in read))
    shown = "" if made_by is None or (len(read) == 1 and made_by == read[0].name) else f"`{_escaped(made_by)}`"
    if item.key == "content" and made_by is None and column.name in key:
        return f"| {column.name} | all | | SHA-256 of the record's texts | |"
    return f"| {column.name} | {sources} | {casts} | {shown} | {_missing(column)} |"


def _cast(feed: Feed, column: FeedColumn) -> str:
    """What becomes of the text before any expression sees it."""
    words = [column.type]
    if column.formats:
        words.append("as " + " or ".join(f"`{form}`" for form in column.formats))
    if column.type.startswith(("decimal", "integer")) and feed.numbers.decimal == ",":
        words.append("decimal comma")
    words += [] if column.case == "keep" else [f"{column.case} case"]
    words += ["mojibake repaired"] if column.mojibake == "repair" else []
    words += [] if column.normal_form == "none" else [column.normal_form]
    words += [] if column.trim else ["not trimmed"]
    return ", ".join(words)


def _missing(column: Column) -> str:
    if column.default is not None:
        return f"`{column.default}`"
    if column.required:
        return "derived, else quarantine" if column.name.endswith("_amount") else "quarantine"
    return "null"


def _rules(feed: Feed, item: Provision, entity: Entity, counted: Mapping[str, int]) -> Iterator[str]:
    """The rules of a row, and how many records break each where the truth is known."""
    casts = {f"cast_{one.name}": f"text that is no {one.type}" for one in feed.columns if one.type != "string"}
    rules: list[Expectation] = [*item.expectations, *entity.expectations]
    given = [one for one in entity.columns if one.allowed and not _is_left_out(item, one)]
    words = {f"{ALLOWED_PREFIX}{one.name}": f"{', '.join(one.allowed)} (warn)" for one in given}
    known = words | {one.rule_name: f"`{_escaped(one.rule)}` ({one.severity.value})" for one in rules}
    wanted = {rule: meaning for rule, meaning in {**casts, **known}.items() if rule in known or rule in counted}
    wanted |= {rule: "" for rule in counted if rule not in wanted}
    if wanted:
        yield "| rule | meaning | refused |"
        yield "| --- | --- | ---: |"
        yield from (f"| {_escaped(rule)} | {meaning} | {counted.get(rule, '')} |" for rule, meaning in wanted.items())
        yield ""


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")
