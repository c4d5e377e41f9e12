"""Delimited text to raw rows: the header, the choice between the two readers, and the independent count."""

from __future__ import annotations

import pyarrow as pa

from lake.contracts.source import DelimitedFormat, SourceSpec
from lake.io.sources.delimited_arrow import LONGEST_RECORD, read_with_arrow
from lake.io.sources.delimited_grammar import Grammar
from lake.io.sources.delimited_survey import survey
from lake.io.sources.encodings import to_original
from lake.io.sources.header import BYTE_ORDER_MARK, ColumnPlaces, places_by_name, places_by_position
from lake.io.sources.preamble import later_header, without_preamble
from lake.io.sources.records import AGAIN, MAX_BATCH_ROWS, RawRows, Reading, Refused, raw_schema


def read_delimited(
    text: bytes, spec: SourceSpec, form: DelimitedFormat, big_endian: bool = False, arrow: bool = True
) -> Reading:
    """Raw rows of what `to_utf8` made; `arrow=False` keeps to the exact reader. Raises Refused."""
    grammar = Grammar(form)
    text = without_preamble(text, form.skip_lines) if form.skip_lines else text
    schema = raw_schema(spec)
    places, start = _placed(text, grammar, spec, form) if form.header else (places_by_position(spec), 0)
    seen = survey(text, grammar)
    count = seen.record_count - form.header
    body = memoryview(text)[start:]
    trusted = arrow and not seen.oddity and seen.longest_record <= min(LONGEST_RECORD, spec.max_record_bytes)
    if not len(body):
        return Reading([], count)
    if not trusted or bytes(body[:3]) == BYTE_ORDER_MARK.encode():
        return Reading(_read_exactly(text, start, grammar, places, spec, big_endian), count)
    batches, misfits = read_with_arrow(body, grammar, places, schema, seen.has_quoted_breaks)
    rows = RawRows(schema)
    for number, record, reason in misfits:
        rows.refuse(number, to_original(record, form.encoding, big_endian), reason)
    return Reading(_in_order([*batches, *rows.batches()]) if misfits else batches, count)


def _placed(text: bytes, grammar: Grammar, spec: SourceSpec, form: DelimitedFormat) -> tuple[ColumnPlaces, int]:
    """What `_header` finds; its refusal says where a header stands instead, if one does."""
    try:
        return _header(text, grammar, spec)
    except Refused as refused:
        advice = later_header(text, grammar, spec, form.skip_lines)
        if not advice:
            raise
        raise Refused(refused.code, f"{advice} ({refused.reason.removesuffix(f': {AGAIN}')})") from None


def _header(text: bytes, grammar: Grammar, spec: SourceSpec) -> tuple[ColumnPlaces, int]:
    """Where the columns stand, and where the first record begins."""
    first = next(grammar.records(text, 0), None)
    if first is None:
        raise Refused("wrong header", f"the file ends with the lines that are skipped: {AGAIN}")
    _, _, stop, names = first
    if isinstance(names, str):
        raise Refused("wrong header", f"the header cannot be read ({names}): {AGAIN}")
    if names == [""]:
        raise Refused("wrong header", f"the first line is blank: {AGAIN}")
    following = stop + (2 if text.startswith(b"\r\n", stop) else 1)
    return places_by_name(names, spec), min(following, len(text))


def _read_exactly(
    text: bytes, start: int, grammar: Grammar, places: ColumnPlaces, spec: SourceSpec, big_endian: bool
) -> list[pa.RecordBatch]:
    rows = RawRows(raw_schema(spec))
    encoding, width = grammar.encoding, places.width
    plain = places.in_order and not places.unknown and width == len(spec.columns)
    for number, begin, stop, fields in grammar.records(text, 1, start):
        if stop - begin > spec.max_record_bytes:
            reason = f"over max_record_bytes {spec.max_record_bytes}: a quote too many, or raise it"
            raise Refused("record too large", reason, number)
        if begin == stop and width > 1:
            fields = "blank line"
        elif not isinstance(fields, str) and len(fields) != width:
            fields = f"{len(fields)} fields instead of {width}"
        if isinstance(fields, str):
            rows.refuse(number, to_original(text[begin:stop], encoding, big_endian), fields)
        elif plain:
            rows.accept(number, fields, None, stop - begin)
        else:
            texts = [None if place is None else fields[place] for place in places.places]
            unknown = [(name, fields[place]) for name, place in places.unknown] or None
            rows.accept(number, texts, unknown, stop - begin)
    return rows.batches()


def _in_order(batches: list[pa.RecordBatch]) -> list[pa.RecordBatch]:
    """The same rows by record number: misfits go back to where they stood."""
    table = pa.Table.from_batches(batches).sort_by("record_number").combine_chunks()
    in_order: list[pa.RecordBatch] = table.to_batches(max_chunksize=MAX_BATCH_ROWS)
    return in_order
