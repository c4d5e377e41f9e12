"""Every file of the hostile corpus meets the fate that its case says, as far as readers decide it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
import yaml

from lake.contracts.source import SourceColumn, SourceSpec
from lake.io.sources.reading import Refused, raw_schema, read_source

HOSTILE = Path(__file__).parents[1] / "data" / "hostile"
CORPUS: dict[str, Any] = yaml.safe_load((HOSTILE / "cases.yaml").read_text(encoding="utf-8"))
CASES: list[dict[str, Any]] = CORPUS["cases"]
COLUMNS = ["order_id", "line_no", "sku", "quantity", "unit_price", "ordered_at", "note"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The corpus, written anew."""
    module_spec = importlib.util.spec_from_file_location("hostile_make", HOSTILE / "make.py")
    assert module_spec is not None and module_spec.loader is not None
    module = importlib.util.module_from_spec(module_spec)
    module_spec.loader.exec_module(module)
    target = tmp_path_factory.mktemp("hostile")
    module.make(target)
    return target


def spec_of(case: dict[str, Any]) -> SourceSpec:
    feed = {key: value for key, value in CORPUS["feeds"][case["file"].split("/")[0]].items() if key != "numbers"}
    columns = [SourceColumn(name=name, required=name != "note") for name in COLUMNS]
    return SourceSpec(columns=columns, **feed)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["file"])
def test_the_file_meets_its_fate(case: dict[str, Any], folder: Path) -> None:
    spec = spec_of(case)
    content = (folder / case["file"]).read_bytes()
    if "refused" in case:
        with pytest.raises(Refused) as refused:
            read_source(content, case["file"], spec)
        assert (refused.value.code, refused.value.record_number) == (case["refused"], case.get("at"))
        return
    reading = read_source(content, case["file"], spec)
    assert all(batch.schema == raw_schema(spec) for batch in reading.batches)
    rows = [row for batch in reading.batches for row in batch.to_pylist()]
    malformed = {row["record_number"]: row["malformed_reason"] for row in rows if row["malformed"] is not None}
    assert malformed == case.get("malformed", {})
    assert len(rows) - len(malformed) == case["accepted"]
    assert [row["record_number"] for row in rows] == list(range(1, reading.record_count + 1))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["file"])
def test_the_fates_of_a_case_add_up(case: dict[str, Any]) -> None:
    if "refused" in case:
        assert set(case) <= {"file", "odd", "refused", "at"}
        return
    fates = case["current"] + case.get("duplicate", 0) + case.get("superseded", 0) + len(case.get("quarantined", []))
    assert fates == case["accepted"] + len(case.get("malformed", {}))
    assert case.get("quarantined", []).count(["malformed"]) == len(case.get("malformed", {}))
    assert all(rules == sorted(rules) for rules in case.get("quarantined", []))


def test_every_file_has_a_case_and_every_case_a_file(folder: Path) -> None:
    written = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert written == {case["file"] for case in CASES}
    assert len(CASES) >= 40


def rows_of(folder: Path, name: str) -> list[dict[str, Any]]:
    case = next(case for case in CASES if case["file"] == name)
    reading = read_source((folder / name).read_bytes(), name, spec_of(case))
    return [row for batch in reading.batches for row in batch.to_pylist()]


def test_texts_are_kept_as_sent(folder: Path) -> None:
    assert [row["note"] for row in rows_of(folder, "comma/quoted_breaks.csv")] == [
        "first\nsecond, with comma\n\nfourth",
        "",
    ]
    assert rows_of(folder, "comma/crlf.csv")[1]["note"] == "two\r\nlines"
    assert [row["note"] for row in rows_of(folder, "comma/doubled_quotes.csv")] == ['a "quoted" word', '"']
    assert [row["note"] for row in rows_of(folder, "comma/bare_quote.csv")] == ['5" pipe', ' "not opening"']
    assert rows_of(folder, "windows/euro.csv")[0]["note"] == "5 € “fine”"
    assert rows_of(folder, "latin/euro.csv")[0]["note"] == "5 € Šœ"
    assert rows_of(folder, "utf16/big_endian.csv")[0]["note"] == "é𝔘"
    assert rows_of(folder, "comma/spaces_in_numbers.csv")[4]["unit_price"] == "\u00a04.50\u00a0"
    notes = [row["note"] for row in rows_of(folder, "backslash/escapes.csv")]
    assert notes == ['a "word" \\ C:\\temp', "\\N", "a,b", None]


def test_original_bytes_of_misfits_are_kept(folder: Path) -> None:
    assert rows_of(folder, "comma/trailing_delimiter.csv")[0]["malformed"].endswith(b"10:00:00,,")
    assert rows_of(folder, "comma/invalid_utf8.csv")[1]["malformed"].endswith(b"caf\xe9")
    last_bytes = [row["malformed"][-1:] for row in rows_of(folder, "windows/undefined_bytes.csv")[1:]]
    assert last_bytes == [b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d"]
    assert rows_of(folder, "utf16/lone_surrogate.csv")[0]["malformed"].endswith(b"\t\x00\x00\xd8")
    assert rows_of(folder, "comma/quote_swallows_a_record.csv")[0]["malformed"].count(b"\n") == 1


def test_an_absent_column_is_null_and_an_empty_field_is_not(folder: Path) -> None:
    assert rows_of(folder, "comma/optional_column_absent.csv")[0]["note"] is None
    assert rows_of(folder, "comma/quoted_empty.csv")[0]["note"] == ""


def test_undeclared_columns_are_rescued_with_their_text(folder: Path) -> None:
    rescued = [dict(row["rescued"]) for row in rows_of(folder, "keep/unknown_columns.csv")]
    assert rescued == [{"colour": "red", "size": ""}, {"colour": "", "size": "7"}]
