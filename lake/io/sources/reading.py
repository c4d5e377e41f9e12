"""The one door to the readers: a delivered file's bytes and contract in, raw rows and a count out."""

from __future__ import annotations

from lake.contracts.source import DelimitedFormat, JdbcFormat, JsonFormat, SourceSpec, SqliteFormat, TextFormat
from lake.io.sources.delimited import read_delimited
from lake.io.sources.encodings import is_big_endian, to_utf8
from lake.io.sources.json_document import read_json_document
from lake.io.sources.json_lines import read_json_lines
from lake.io.sources.records import Reading, Refused, raw_schema
from lake.io.sources.sqlite_table import read_sqlite_table
from lake.io.sources.text_lines import read_text_lines
from lake.io.sources.unpacking import refuse_binary, unpack

__all__ = ["Reading", "Refused", "raw_schema", "read_source"]


def read_source(content: bytes, name: str, spec: SourceSpec) -> Reading:
    """Read one file: a row is one source record, malformed ones included; `name` is for messages.

    Raises Refused where the file as a whole is not what its contract says. Only the kind of archive is
    inferred (`compression: auto`).
    """
    form = spec.format
    if isinstance(form, JdbcFormat):
        raise Refused("no file", f"{name}: the feed is pulled from a database")
    content = unpack(content, form.compression, spec)
    if isinstance(form, SqliteFormat):
        return read_sqlite_table(content, spec, form)
    text = to_utf8(content, form.encoding)
    refuse_binary(text if form.encoding.startswith("utf-16") else content, getattr(form, "delimiter", ""))
    if not text:
        raise Refused("empty", f"{name} holds nothing but a byte order mark: ask the sender for it again")
    big_endian = is_big_endian(content, form.encoding)
    match form:
        case DelimitedFormat():
            return read_delimited(text, spec, form, big_endian)
        case JsonFormat(layout="lines"):
            return read_json_lines(text, spec, form, big_endian)
        case JsonFormat():
            return read_json_document(text, spec, form, big_endian)
        case TextFormat():
            return read_text_lines(text, spec, form, big_endian)
