"""How a file is read into text fields: format, dialect, declared columns and limits of one feed."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from lake.contracts.patterns import JDBC_TABLE
from lake.contracts.strict import Name, Strict

Encoding = Literal[
    "utf-8", "utf-16", "utf-16-le", "utf-16-be", "iso-8859-1", "iso-8859-2", "iso-8859-5", "iso-8859-7", "iso-8859-9",
    "iso-8859-15", "windows-1250", "windows-1251", "windows-1252", "windows-1253", "windows-1254", "windows-1257",
    "koi8-r", "shift_jis", "gb18030", "big5", "euc-kr",
]  # fmt: skip
Compression = Literal["auto", "none", "gzip", "bz2"]


class SourceColumn(Strict):
    """One declared field of a record: `name` in raw, `source` as the file calls it.

    For JSON, `source` is a dotted path inside the record (`customer.address.city`); for text, a named group.
    """

    name: Name
    source: str = Field(default="", description="the name in the file; the same as `name` when left out")
    required: bool = Field(default=True, description="a file without this column is refused")

    @property
    def source_name(self) -> str:
        """The field's name as the source spells it."""
        return self.source or self.name


class DelimitedFormat(Strict):
    """Delimited text (CSV)."""

    kind: Literal["csv"]
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    quote: Annotated[str, Field(max_length=1)] = Field(default='"', description="empty: quotes mean nothing")
    escape: Annotated[str, Field(max_length=1)] = Field(
        default="",
        description="takes the meaning from a quote, delimiter or line end; empty: a quote is doubled",
    )
    header: bool = True
    skip_lines: int = Field(default=0, ge=0, description="physical lines before the header, or the first record")
    encoding: Encoding = "utf-8"
    compression: Compression = "auto"

    @model_validator(mode="after")
    def _marks_differ(self) -> Self:
        if self.delimiter in (self.quote, self.escape):
            raise ValueError("delimiter must differ from quote and escape")
        if {self.delimiter, self.quote, self.escape} & {"\n", "\r", "\0"}:
            raise ValueError("a line end or NUL cannot be delimiter, quote or escape")
        return self


class JsonFormat(Strict):
    """JSON lines, or one document whose records lie in the array at `records` (dotted path, empty: the root).

    Raw rows carry each record's original text as `record_text` after the declared columns.
    """

    kind: Literal["json"]
    layout: Literal["lines", "document"] = "lines"
    records: str = ""
    encoding: Encoding = "utf-8"
    compression: Compression = "auto"


class TextFormat(Strict):
    """Lines taken apart by a regular expression with one named group a column; `record_text` is the line."""

    kind: Literal["text"]
    pattern: str
    encoding: Encoding = "utf-8"
    compression: Compression = "auto"

    @model_validator(mode="after")
    def _pattern_compiles(self) -> Self:
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise ValueError(f"pattern is not a regular expression: {error}") from error
        return self


class SqliteFormat(Strict):
    """One table of a SQLite database file, in the order of its rowid (or primary key).

    Raw rows carry `storage`, a JSON object of column: storage class (`typeof()`) of the cells that are not null.
    """

    kind: Literal["sqlite"]
    table: str = Field(min_length=1, description="a table, as the file spells it; views and virtual tables are refused")
    compression: Compression = "auto"


class JdbcFormat(Strict):
    """One table of a database: extracts of changed rows, found by a mark that grows, each with all keys."""

    kind: Literal["jdbc"]
    connection: Name = Field(description="one of the shop's `connections`")
    table: Annotated[str, Field(pattern=JDBC_TABLE)]
    key: list[Name] = Field(min_length=1, description="the feed's columns that are the table's key")
    mark: Name = Field(description="the feed's column that grows with every change: a time, or a whole number")
    overlap: int = Field(default=0, ge=0, description="so far behind the high-water mark rows are read again (seconds)")


SourceFormat = Annotated[
    DelimitedFormat | JsonFormat | TextFormat | SqliteFormat | JdbcFormat, Field(discriminator="kind")
]
FORMAT_KINDS = [get_args(form.model_fields["kind"].annotation)[0] for form in get_args(get_args(SourceFormat)[0])]


class KeyScope(Strict):
    """A table that says from which key on a key list is complete: one row a list. Older keys are not judged."""

    table: str = Field(min_length=1)
    list_column: str = Field(default="table_name", description="the column that names the list")
    list_name: str = Field(default="", description="its value for this feed; default: the feed's table")
    first_column: str = Field(default="first_key", description="the first key (a whole number) that the list covers")


class KeyList(Strict):
    """The keys that stand in the source when a delivery is made: a row whose key is not in a later list is deleted."""

    table: str = Field(min_length=1, description="the table with one row per standing key")
    columns: list[Name] = Field(min_length=1, description="the feed's columns that are the key, sources and all")
    scope: KeyScope | None = Field(default=None, description="without: the list holds all keys")


class SourceSpec(Strict):
    """All that a reader needs to know, shipped to executors as JSON: nothing is inferred from the file."""

    format: SourceFormat
    columns: list[SourceColumn]
    keys: KeyList | None = None
    unknown_columns: Literal["fail", "keep"] = "fail"
    max_file_bytes: int = Field(default=2_000_000_000, description="larger files (unpacked too) are refused")
    max_unpack_ratio: int = Field(default=200, description="unpacked size / packed size above this is a bomb")
    max_record_bytes: int = Field(default=64_000_000, description="a longer record makes the file refused")

    @model_validator(mode="after")
    def _columns_are_found(self) -> Self:
        for kind, names in (
            ("name", [c.name for c in self.columns]),
            ("source", [c.source_name for c in self.columns]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"two columns with the {kind} {', '.join(twice)}")
        if isinstance(self.format, TextFormat):
            groups = re.compile(self.format.pattern).groupindex
            missing = [c.source_name for c in self.columns if c.source_name not in groups]
            if missing:
                raise ValueError(f"the pattern has no named group {', '.join(missing)}")
        return self
