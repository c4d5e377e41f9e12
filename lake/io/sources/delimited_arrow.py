"""The fast reader of delimited text: Arrow's CSV reader, for text that the survey found nothing odd in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from lake.io.sources.delimited_grammar import Grammar
from lake.io.sources.header import ColumnPlaces
from lake.io.sources.records import MAX_BATCH_ROWS

BLOCK_BYTES = 1 << 22
LONGEST_RECORD = BLOCK_BYTES // 4


@dataclass
class _Misfits:
    """Records with another number of fields; their numbers are right because one thread reads."""

    numbers: list[int]
    records: list[bytes]
    reasons: list[str]

    def __call__(self, row: csv.InvalidRow) -> str:
        self.numbers.append(row.number)
        self.records.append(row.text.encode())
        self.reasons.append(f"{row.actual_columns} fields instead of {row.expected_columns}")
        return "skip"


def read_with_arrow(
    body: memoryview, grammar: Grammar, places: ColumnPlaces, schema: pa.Schema, has_quoted_breaks: bool
) -> tuple[list[pa.RecordBatch], list[tuple[int, bytes, str]]]:
    """Raw rows of the text after its header, and apart the misfits as (record number, record, reason)."""
    names = [f"f{place}" for place in range(places.width)]
    misfits = _Misfits([], [], [])
    fields = csv.read_csv(
        pa.BufferReader(pa.py_buffer(body)),
        read_options=csv.ReadOptions(use_threads=False, block_size=_block_bytes(body), column_names=names),
        parse_options=csv.ParseOptions(
            delimiter=grammar.delimiter.decode(),
            quote_char=grammar.quote.decode() or False,
            double_quote=bool(grammar.quote and not grammar.escape),
            escape_char=False,
            newlines_in_values=has_quoted_breaks,
            ignore_empty_lines=False,
            invalid_row_handler=misfits,
        ),
        convert_options=csv.ConvertOptions(
            check_utf8=False, strings_can_be_null=False, column_types=dict.fromkeys(names, pa.string())
        ),
    )
    numbers = _numbers(fields.num_rows, misfits.numbers)
    batches, start = [], 0
    for batch in fields.to_batches(max_chunksize=MAX_BATCH_ROWS):
        stop = start + batch.num_rows
        batches.append(_raw_batch(batch, numbers[start:stop], places, schema))
        start = stop
    return batches, list(zip(misfits.numbers, misfits.records, misfits.reasons, strict=True))


def _block_bytes(body: memoryview) -> int:
    """A block size at which no CRLF is cut in two: Arrow drops such a line feed, in quotes too."""
    for size in range(BLOCK_BYTES, BLOCK_BYTES // 2, -1):
        if not any(bytes(body[cut - 1 : cut + 1]) == b"\r\n" for cut in range(size, len(body), size)):
            return size
    return len(body) + 1


def _numbers(accepted: int, misfits: list[int]) -> pa.Array:
    """Record numbers of the accepted rows: all but those of the misfits."""
    numbers = np.arange(1, accepted + len(misfits) + 1, dtype=np.int64)
    return pa.array(np.delete(numbers, np.asarray(misfits, dtype=np.int64) - 1) if misfits else numbers)


def _raw_batch(fields: pa.RecordBatch, numbers: pa.Array, places: ColumnPlaces, schema: pa.Schema) -> pa.RecordBatch:
    rows = fields.num_rows
    texts = [pa.nulls(rows, pa.string()) if place is None else fields.column(place) for place in places.places]
    nothing = [pa.nulls(rows, field.type) for field in list(schema)[-2:]]
    rescued = _rescued(fields, places.unknown, schema.field("rescued").type)
    return pa.RecordBatch.from_arrays([numbers, *texts, rescued, *nothing], schema=schema)


def _rescued(fields: pa.RecordBatch, unknown: list[tuple[str, int]], kind: pa.DataType) -> pa.Array:
    """A map from name to text for each row, in header order; null where the file has no undeclared column."""
    rows, width = fields.num_rows, len(unknown)
    if not width:
        return pa.nulls(rows, kind)
    stacked = pa.concat_arrays([fields.column(place) for _, place in unknown])
    by_row = (np.arange(rows)[:, None] + np.arange(width)[None, :] * rows).ravel()
    keys = pa.array([name for name, _ in unknown], pa.string()).take(pa.array(np.tile(np.arange(width), rows)))
    offsets = pa.array(np.arange(rows + 1, dtype=np.int32) * width)
    return pa.MapArray.from_arrays(offsets, keys, pc.take(stacked, pa.array(by_row)), type=kind)
