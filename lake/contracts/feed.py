"""The contract of a feed: where its files are, how they are read and which entities they provide."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from lake.contracts.columns import Expectation
from lake.contracts.patterns import FIELD_TYPE
from lake.contracts.source import JdbcFormat, KeyList, SourceColumn, SourceFormat, SourceSpec, SqliteFormat
from lake.contracts.sql_expressions import columns_of
from lake.contracts.strict import Name, Strict
from lake.names import LoadKind

FieldType = Annotated[str, StringConstraints(pattern=FIELD_TYPE)]
"""`id`: text whose spreadsheet damage (`17850.0`) is repaired. `decimal` alone is decimal(18,4);
more places are rounded, half up. `json`: kept text."""


StorageClass = Literal["integer", "real", "text", "blob"]


class FeedColumn(SourceColumn):
    """A declared source field and how its text becomes a value; a text that cannot be cast fails rule `cast_<name>`."""

    type: FieldType = "string"
    trim: bool = Field(default=True, description="strip white space, no-break spaces included, at both ends")
    case: Literal["keep", "upper", "lower"] = "keep"
    normal_form: Literal["none", "NFC", "NFKC"] = "none"
    mojibake: Literal["keep", "repair"] = Field(
        default="keep", description="`repair`: UTF-8 that was read as windows-1252 is read as UTF-8 again"
    )
    null_values: list[str] | None = Field(default=None, description="placeholders read as null; default: the feed's")
    formats: list[str] = Field(default=[], description="date or time patterns, tried in order; default: ISO 8601")
    time_zone: str | None = Field(default=None, description="zone of naive times; default: the feed's, then the shop's")
    storage: list[StorageClass] = Field(
        default=["integer", "real", "text"],
        description="SQLite storage classes that a cell may have; another one fails rule `storage_<name>`",
    )
    description: str = ""


class NumberStyle(Strict):
    """How the feed writes numbers."""

    decimal: Literal[".", ","] = "."
    thousands: Literal["", ",", ".", "'", "space"] = Field(default="", description="`space`: plain, U+00A0 and U+202F")


class Explode(Strict):
    """A JSON array inside a record: one candidate per element; element fields become columns beside the record's."""

    column: Name
    columns: list[FeedColumn] = Field(min_length=1)


class Provision(Strict):
    """How records become candidates of one entity."""

    entity: Name
    route: Name | None = Field(
        default=None, description="items of one route are exclusive and exhaustive; without: derived from accepted ones"
    )
    when: str | None = None
    explode: Explode | None = None
    key: Literal["columns", "content"] = Field(
        default="columns", description="`content`: the key is the SHA-256 of all declared source texts"
    )
    columns: dict[Name, str] = Field(description="entity column: SQL expression over the feed's typed columns")
    expectations: list[Expectation] = Field(default=[])


class Completeness(Strict):
    """When a file is whole: a marker file beside it that is not older, a manifest, or unchanged for some seconds."""

    rule: Literal["settled", "marker", "manifest"] = "settled"
    seconds: int = Field(default=0, ge=0, description="`settled`: size and time unchanged for so long")
    suffix: str = Field(default="", description="of the companion file: name + suffix (default .done, .manifest)")
    expected: Literal["none", "daily", "weekdays"] = Field(default="none", description="missing days are warned of")

    @property
    def companion_suffix(self) -> str:
        """What follows a file's name in that of its marker or manifest; empty where it needs neither."""
        return "" if self.rule == "settled" else self.suffix or {"marker": ".done", "manifest": ".manifest"}[self.rule]


class Gates(Strict):
    """Judged per (delivery, entity); a failing delivery is held until the rules are mended or it is accepted."""

    max_quarantined_rate: float = Field(default=1.0, ge=0, le=1)
    min_records: int = Field(default=0, ge=0)


class Feed(Strict):
    """One stream of deliveries of a shop."""

    feed: Name
    description: str
    owner: str = Field(default="", description="who answers questions about the feed: a team or a role, no person")
    enabled: bool = True
    retention_days: int | None = Field(
        default=None, ge=1,
        description="so long raw keeps the records of a delivery that is current no more; default: for ever",
    )  # fmt: skip
    optional: bool = Field(default=False, description="a refused or held delivery does not stop curate and publish")
    path: str = Field(
        default="{date}",
        description="file names under the shop's landing, with {date} or {date:yyyyMMdd}, * and ?; none for a database",
    )
    load: LoadKind
    identity: Literal["content", "position"] = "content"
    format: SourceFormat
    unknown_columns: Literal["fail", "keep"] = "fail"
    max_file_bytes: int = 2_000_000_000
    max_unpack_ratio: int = 200
    max_record_bytes: int = 64_000_000
    completeness: Completeness = Completeness()
    time_zone: str | None = None
    numbers: NumberStyle = NumberStyle()
    null_values: list[str] = Field(default=["", "NULL", "null", "n/a", "N/A", "\\N"])
    columns: list[FeedColumn] = Field(min_length=1)
    version_by: Name | None = Field(default=None, description="the column whose greater value is the newer version")
    deleted_when: str | None = Field(default=None, description="predicate: the row deletes its key as of its own time")
    ignore_when: str | None = Field(
        default=None, description="predicate: the record is nobody's business, such as a line of totals; counted only"
    )
    keys: KeyList | None = Field(default=None, description="the list of standing keys that comes with a delivery")
    provides: list[Provision] = Field(min_length=1)
    gates: Gates = Gates()

    @property
    def column_names(self) -> list[str]:
        """The declared columns in order."""
        return [column.name for column in self.columns]

    @property
    def source_text(self) -> str:
        """What is read, for people: the path, with the table of a database file; or connection and table."""
        match self.format:
            case JdbcFormat(connection=connection, table=table):
                return f"{connection}#{table}"
            case SqliteFormat(table=table):
                return f"{self.path}#{table}"
        return self.path

    @property
    def is_pulled(self) -> bool:
        """Whether extracts are pulled from a database, instead of files that land."""
        return isinstance(self.format, JdbcFormat)

    @property
    def deciding_columns(self) -> set[str]:
        """The columns that say how new a record is and whether it deletes its key, whatever entity it becomes."""
        return columns_of(self.deleted_when or "true") | ({self.version_by} if self.version_by else set())

    @property
    def versioned_entity(self) -> str | None:
        """The entity whose versions decide which elements of a record stand, such as the order that has lines.

        It is that of the first routed item without `explode`; None where records are not sent again, or have no parts.
        """
        whole = [item.entity for item in self.provides if item.route and not item.explode]
        has_parts = self.load is LoadKind.UPSERT and any(item.explode for item in self.provides)
        return whole[0] if has_parts and whole else None

    @property
    def routes(self) -> dict[str, list[Provision]]:
        """The items of each route, in the order of the YAML."""
        names = list(dict.fromkeys(item.route for item in self.provides if item.route))
        return {name: [item for item in self.provides if item.route == name] for name in names}

    def may_repeat(self, entity: str) -> bool:
        """Whether one record may become several rows of the entity: elements of an array, or several derived items."""
        items = [item for item in self.provides if item.entity == entity]
        return any(item.explode for item in items) or len([item for item in items if not item.route]) > 1

    @property
    def listed_columns(self) -> list[str]:
        """The columns of the key lists that come with deliveries; none where there are no such lists."""
        if isinstance(self.format, JdbcFormat):
            return [*self.format.key]
        return [*self.keys.columns] if self.keys else []

    def source_spec(self) -> SourceSpec:
        """What the reader on the executors needs."""
        columns = [SourceColumn(name=c.name, source=c.source, required=c.required) for c in self.columns]
        return SourceSpec(
            format=self.format,
            columns=columns,
            keys=self.keys,
            unknown_columns=self.unknown_columns,
            max_file_bytes=self.max_file_bytes,
            max_unpack_ratio=self.max_unpack_ratio,
            max_record_bytes=self.max_record_bytes,
        )
