"""Parquet files that Arrow writes for raw: their cuts, their counts, and that nothing is left of what failed."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lake.io import parquet_parts
from lake.io.parquet_parts import ParquetParts, rows_by_value

SCHEMA = pa.schema([("name", pa.dictionary(pa.int32(), pa.string())), ("number", pa.int64()), ("text", pa.string())])


def batch(name: str, *numbers: int) -> pa.RecordBatch:
    """Rows of one source."""
    names = pa.DictionaryArray.from_arrays(pa.array([0] * len(numbers), pa.int32()), [name])
    texts = ["" if number % 2 else None for number in numbers]
    return pa.RecordBatch.from_arrays([names, list(numbers), pa.array(texts, pa.string())], schema=SCHEMA)


def test_small_batches_of_many_sources_share_a_file_and_a_row_group(tmp_path: Path) -> None:
    with ParquetParts(tmp_path, SCHEMA, ("name", "number")) as parts:
        for one in (batch("b", 3, 4), batch("a"), batch("a", 1, 2, 5)):
            parts.add(one)
        (part,) = parts.finished()
    assert (part.rows, part.least, part.greatest) == (5, {"name": "a", "number": 1}, {"name": "b", "number": 5})
    assert part.size == Path(part.path).stat().st_size
    assert pq.read_metadata(part.path).num_row_groups == 1
    assert rows_by_value(part.path, "name") == {"a": 3, "b": 2}
    rows = pq.read_table(part.path)
    assert rows.schema.field("name").type == pa.string(), "a reader finds a text, not how it was packed"
    assert list(zip(*rows.to_pydict().values(), strict=True)) == [
        ("b", 3, ""), ("b", 4, None), ("a", 1, ""), ("a", 2, None), ("a", 5, "")
    ]  # fmt: skip


def test_no_rows_no_file(tmp_path: Path) -> None:
    with ParquetParts(tmp_path, SCHEMA, ("number",)) as parts:
        parts.add(batch("a"))
        assert parts.finished() == []
    assert list(tmp_path.iterdir()) == []


def test_row_groups_and_files_are_cut_by_their_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_parts, "ROW_GROUP_BYTES", 1)
    monkeypatch.setattr(parquet_parts, "FILE_BYTES", 500)
    with ParquetParts(tmp_path, SCHEMA, ("number",)) as parts:
        for number in range(9):
            parts.add(batch("a", number))
        files = parts.finished()
    groups = [pq.read_metadata(part.path).num_row_groups for part in files]
    assert sum(groups) == 9
    assert len(files) > 1
    assert max(groups) > 1
    assert [part.least["number"] for part in files] == [sum(groups[:i]) for i in range(len(files))]
    assert [part.greatest["number"] + 1 for part in files] == [sum(groups[: i + 1]) for i in range(len(files))]


def test_nothing_is_left_of_a_writer_that_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_parts, "ROW_GROUP_BYTES", 1)
    (tmp_path / "other").write_text("of another task")
    with pytest.raises(OSError, match="broken"), ParquetParts(tmp_path, SCHEMA, ("number",)) as parts:
        parts.add(batch("a", 1))
        assert len(list(tmp_path.iterdir())) == 2
        raise OSError("broken")
    assert [path.name for path in tmp_path.iterdir()] == ["other"]
