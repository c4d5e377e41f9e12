"""Typed records to candidates of an entity: mapping, derived columns, and all failed rules of a row in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Set

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lake.contracts.columns import Column as EntityColumn
from lake.contracts.columns import Expectation
from lake.contracts.entity import Entity
from lake.contracts.feed import Provision
from lake.contracts.sql_expressions import columns_of
from lake.names import ALLOWED_PREFIX, FIRST_MOMENT, Severity
from lake.transforms.amounts import amounts_agree, with_line_amounts
from lake.transforms.standardising import compacted

CARRIED = (
    "lake_delivery_id", "lake_file_name", "lake_file_date", "lake_record_number", "lake_element_number",
    "lake_record_hash", "lake_version", "lake_is_deleted", "lake_is_duplicate",
)  # fmt: skip
"""Columns of a record that its candidates keep."""

EXACT = "decimal(18,7)"
"""A price as it is multiplied: with a quantity of decimal(18,4) no place is lost."""

WIDE = "decimal(38,18)"
"""Room for every bigint with its fraction."""


def candidates(
    records: DataFrame, item: Provision, entity: Entity, time_zone: str, deciding: Set[str] = frozenset()
) -> DataFrame:
    """One row per record (or element) that the item takes, its `when` already applied.

    `deciding`: columns beside those of the item whose casts must not fail, as they decide which row counts.

    Columns: CARRIED, the entity's columns, its local date and month, `lake_failed` and `lake_warned` (rule names),
    `lake_key` (business key and `effective_at`), `lake_business_key` and `lake_order` (SHA-256 of the mapped columns).
    """
    mapped = _with_mapped_columns(records, item, entity, time_zone, deciding)
    if entity.amounts == "line":
        contradiction = F.when(~amounts_agree(set(item.columns)), F.lit("amounts_agree"))
        mapped = mapped.withColumn("lake_source_failed", F.concat("lake_source_failed", compacted([contradiction])))
        mapped = with_line_amounts(mapped, set(item.columns), F.col("lake_exact_price"))
    if entity.event_at and entity.event_date and entity.event_month:
        local = F.from_utc_timestamp(F.col(entity.event_at), time_zone)
        mapped = mapped.withColumns(
            {entity.event_date: local.cast("date"), entity.event_month: F.date_format(local, "yyyy-MM")}
        )
    judged = _with_failed_rules(mapped, item, entity)
    history = [F.col("effective_at").cast("string")] if entity.history else []
    business = [F.col(name).cast("string") for name in entity.key]
    extra = [n for n in (entity.event_date, entity.event_month) if n]
    return judged.select(
        *CARRIED,
        *entity.column_names,
        *extra,
        "lake_failed",
        "lake_warned",
        key_hash([*business, *history]).alias("lake_key"),
        key_hash(business).alias("lake_business_key"),
        F.sha2(json_array([F.col(n).cast("string") for n in entity.column_names]), 256).alias("lake_order"),
    )


def key_hash(parts: Iterable[Column]) -> Column:
    """128 bits of SHA-256 over the JSON array of the parts, as 32 hex digits; nulls keep their place."""
    return F.substring(F.sha2(json_array(parts), 256), 1, 32)


def json_array(texts: Iterable[Column]) -> Column:
    """The JSON array of texts, the form that all hashes are taken over: null and "null" differ."""
    return F.to_json(F.array(*texts))


def _with_mapped_columns(
    records: DataFrame, item: Provision, entity: Entity, time_zone: str, deciding: Set[str]
) -> DataFrame:
    """CARRIED, the entity's columns and `lake_source_failed`: casts that failed in fields that the item reads."""
    used = set(deciding).union(*(columns_of(e) for e in [*item.columns.values(), item.when or "true"]))
    mapped: list[Column] = []
    failed: list[Column] = []
    for column in entity.columns:
        expression = _expression(item, column)
        value = _mapped(item, column, time_zone)
        if column.name == "effective_at":
            value = F.coalesce(value, _start_of_file_date(time_zone), F.lit(FIRST_MOMENT).cast("timestamp"))
        if item.key == "content" and column.name in entity.key:
            element = F.nullif("lake_element_number", F.lit(0)).cast("string")
            value = F.lower(F.concat_ws("-", F.hex("lake_record_hash"), element))
        elif column.name in item.columns:
            failed.append(F.when(_is_lost(expression, column.type), F.lit(f"cast_{column.name}")))
        mapped.append(value.alias(column.name))
    names = F.array(*[F.lit(f"{kind}_{name}") for kind in ("cast", "storage") for name in sorted(used)])
    source_failed = F.array_intersect("lake_casts", names)
    all_failed = F.array_distinct(F.concat(source_failed, compacted(failed)))
    clock = F.array(*[F.lit(f"clock_{kind}_{name}") for kind in ("twice", "missing") for name in sorted(used)])
    if entity.amounts == "line":
        price = next(column for column in entity.columns if column.name == "unit_price")
        mapped.append(F.expr(f"try_cast(({_expression(item, price)}) as {EXACT})").alias("lake_exact_price"))
    return records.select(
        *CARRIED,
        *mapped,
        all_failed.alias("lake_source_failed"),
        F.array_intersect("lake_clock", clock).alias("lake_clock"),
    )


def _is_lost(expression: str, kind: str) -> Column:
    """Whether the value does not fit the type: decimals are rounded to their scale, but 7.5 is no whole number."""
    lost = f"({expression}) is not null and try_cast(({expression}) as {kind}) is null"
    if kind in ("int", "bigint"):
        lost += f" or try_cast(({expression}) as {WIDE}) <> try_cast(({expression}) as {kind})"
    return F.expr(lost)


def business_key(item: Provision, entity: Entity, time_zone: str) -> Column:
    """`lake_business_key` as the item makes it out of typed columns: for key lists, which have no others."""
    columns = {column.name: column for column in entity.columns}
    return key_hash([_mapped(item, columns[name], time_zone).cast("string") for name in entity.key])


def _mapped(item: Provision, column: EntityColumn, time_zone: str) -> Column:
    """The value in the column's type: a date as a moment is the zone's midnight, a moment as a date the zone's day."""
    expression = _expression(item, column)
    value = F.expr(f"try_cast(({expression}) as {column.type})")
    if column.type not in ("date", "timestamp"):
        return value
    kind, at = F.expr(f"typeof({expression})"), F.expr(f"try_cast(({expression}) as timestamp)")
    if column.type == "timestamp":
        return F.when(kind == "date", F.to_utc_timestamp(at, time_zone)).otherwise(value)
    return F.when(kind == "timestamp", F.from_utc_timestamp(at, time_zone).cast("date")).otherwise(value)


def _expression(item: Provision, column: EntityColumn) -> str:
    return item.columns.get(column.name) or column.default or "null"


def _start_of_file_date(time_zone: str) -> Column:
    return F.to_utc_timestamp(F.col("lake_file_date").cast("timestamp"), time_zone)


def _with_failed_rules(mapped: DataFrame, item: Provision, entity: Entity) -> DataFrame:
    """Adds `lake_failed` (rules that refuse the row) and `lake_warned`; every rule is evaluated, none hides another."""
    rules = [*entity.expectations, *item.expectations]
    required = [
        F.when(F.col(c.name).isNull(), F.lit(f"required_{c.name}")) for c in entity.columns if c.required
    ]
    refusing = [_failure(rule) for rule in rules if rule.severity is not Severity.WARN]
    words = [
        F.when(~F.col(c.name).isin(c.allowed), F.lit(f"{ALLOWED_PREFIX}{c.name}")) for c in entity.columns if c.allowed
    ]
    warning = [*words, *(_failure(rule) for rule in rules if rule.severity is Severity.WARN)]
    return mapped.withColumns(
        {
            "lake_failed": F.concat("lake_source_failed", compacted([*required, *refusing])),
            "lake_warned": F.concat("lake_clock", compacted(warning)),
        }
    )


def _failure(rule: Expectation) -> Column:
    return F.when(~F.expr(rule.rule), F.lit(rule.rule_name))
