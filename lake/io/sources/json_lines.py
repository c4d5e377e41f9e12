"""JSON lines to raw rows, and the part that lines and documents share: one record's text to one raw row."""

from __future__ import annotations

from lake.contracts.source import JsonFormat, SourceSpec
from lake.io.sources.encodings import to_original
from lake.io.sources.header import unknown_columns
from lake.io.sources.json_fields import MalformedError, RecordFields, UnknownKeysError
from lake.io.sources.records import AGAIN, RawRows, Reading, Refused, raw_schema
from lake.io.sources.text_lines import count_lines, decoded, lines


class JsonRows:
    """Raw rows of JSON records, added one by one."""

    def __init__(self, spec: SourceSpec, form: JsonFormat, big_endian: bool) -> None:
        self._fields = RecordFields(spec)
        self._rows = RawRows(raw_schema(spec))
        self._form = form
        self._big_endian = big_endian
        self._accepted = 0

    def add(self, number: int, record: bytes) -> None:
        """Add one record, well-formed or not. Raises Refused for keys that the contract does not name."""
        text, fault = decoded(record, self._form.encoding)
        try:
            if fault or not text.strip(" \t"):
                raise MalformedError(fault or "blank line")
            texts, rescued = self._fields.of(text)
        except MalformedError as error:
            self._rows.refuse(number, to_original(record, self._form.encoding, self._big_endian), str(error))
        except UnknownKeysError as error:
            raise unknown_columns(error.args, number) from error
        else:
            self._accepted += 1
            self._rows.accept(number, [*texts, text], rescued, 2 * len(record))

    def reading(self, record_count: int) -> Reading:
        """All rows beside the count. Raises Refused where a required column is in none of them."""
        missing = self._fields.never_sent()
        if self._accepted and missing:
            shown = ", ".join(missing)
            raise Refused("missing column", f"no record has {shown}: ask the sender, or declare required: false")
        return Reading(self._rows.batches(), record_count)


def read_json_lines(text: bytes, spec: SourceSpec, form: JsonFormat, big_endian: bool) -> Reading:
    """A raw row per line of UTF-8 text. Raises Refused."""
    rows = JsonRows(spec, form, big_endian)
    has_objects = False
    for number, line in lines(text, spec.max_record_bytes):
        has_objects = has_objects or line.lstrip().startswith(b"{")
        rows.add(number, line)
    if not has_objects:
        raise Refused("not JSON", f"no line begins with a brace: is it JSON lines? Otherwise {AGAIN}", 1)
    return rows.reading(count_lines(text))
