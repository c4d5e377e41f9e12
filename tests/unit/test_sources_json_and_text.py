"""JSON records and text lines: every value as it was sent, and documents cut into records without losing one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from lake.contracts.source import JsonFormat, SourceColumn, SourceSpec, TextFormat
from lake.io.sources.json_document import count_elements
from lake.io.sources.json_fields import depth_of, original_slice
from lake.io.sources.reading import Refused, read_source

EXAMPLES = settings(max_examples=60, deadline=None)
Json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(['"', "\\", "]},{[", "🎁"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


def read(content: str | bytes, form: JsonFormat | TextFormat, *columns: str, **limits: Any) -> list[dict[str, Any]]:
    declared = [SourceColumn(name=f"c{n}", source=source) for n, source in enumerate(columns)]
    spec = SourceSpec(format=form, columns=declared, **limits)
    reading = read_source(content.encode() if isinstance(content, str) else content, "file", spec)
    rows = [row for batch in reading.batches for row in batch.to_pylist()]
    assert reading.record_count == len(rows)
    return rows


def refusal(content: str | bytes, form: JsonFormat | TextFormat, *columns: str) -> tuple[str, int | None]:
    with pytest.raises(Refused) as refused:
        read(content, form, *columns)
    return refused.value.code, refused.value.record_number


LINES = JsonFormat(kind="json")
DOCUMENT = JsonFormat(kind="json", layout="document", records="a.b")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1.10", "1.10"),
        ("-0", "-0"),
        ("1E400", "1E400"),
        ("9" * 5000, "9" * 5000),
        ("true", "true"),
        ("false", "false"),
        ("null", None),
        ('""', ""),
        (r'"\u00e9\n\ud83c\udf81"', "é\n🎁"),
        ('[1, {"x" : 2.50}]', '[1, {"x" : 2.50}]'),
        ('{ "b": null }', '{ "b": null }'),
        ("{}", "{}"),
    ],
)
def test_a_json_value_is_kept_as_sent(value: str, text: str | None) -> None:
    line = f'{{"first": [3, "}}"], "v" : {value} }}'
    (row,) = read(line, LINES, "v", "first")
    assert (row["c0"], row["c1"], row["record_text"]) == (text, '[3, "}"]', line)


def test_a_dotted_path_reaches_into_objects_and_a_missing_step_is_null() -> None:
    lines = '{"a": {"b": {"c": 1.0}}}\n{"a": {"b": null}}\n{"a": {}}\n{"a": 5}\n'
    assert [row["c0"] for row in read(lines, LINES, "a.b.c")] == ["1.0", None, None, None]


def test_a_column_that_no_record_has_refuses_the_file_unless_it_is_optional() -> None:
    assert refusal('{"a": 1}\n{"a": 2}\n', LINES, "a", "b") == ("missing column", None)
    assert [row["c1"] for row in read('{"a": 1}\n{"a": 2, "b": null}\n', LINES, "a", "b")] == [None, None]


def test_unknown_keys_are_rescued_as_sent_when_declared() -> None:
    (row,) = read('{"a": 1, "x": {"y": [1.0]}, "z": null, "s": "t"}', LINES, "a", unknown_columns="keep")
    assert row["rescued"] == [("x", '{"y": [1.0]}'), ("s", "t")]


def test_a_line_over_the_limit_refuses_the_file() -> None:
    with pytest.raises(Refused, match=r"record too large \(record 2\)"):
        read('{"a": 1}\n{"a": "' + "x" * 50 + '"}\n', LINES, "a", max_record_bytes=40)


@EXAMPLES
@given(
    st.lists(st.dictionaries(st.sampled_from("abc"), Json, min_size=1), min_size=1, max_size=5),
    st.sampled_from([None, 1]),
)
def test_a_document_gives_each_element_of_its_array(elements: list[dict[str, Any]], indent: int | None) -> None:
    elements[0]["a"] = 0
    document = json.dumps({"x": ["a", {"b": [9]}], "a": {"y": "[", "b": elements, "z": "]"}}, indent=indent)
    spec_columns = [SourceColumn(name=name, required=False) for name in "abc"]
    spec = SourceSpec(format=DOCUMENT, columns=spec_columns)
    reading = read_source(document.encode(), "file", spec)
    texts = [row["record_text"] for batch in reading.batches for row in batch.to_pylist()]
    assert [json.loads(text) for text in texts] == elements
    assert all(text in document for text in texts)
    assert reading.record_count == len(elements)


@EXAMPLES
@given(st.lists(Json, max_size=5), st.sampled_from([None, 1]))
def test_elements_are_counted_by_their_commas(elements: list[Any], indent: int | None) -> None:
    document = " " + json.dumps(elements, indent=indent, ensure_ascii=False) + ' , "]["'
    assert count_elements(document.encode(), 1) == len(elements)


@EXAMPLES
@given(st.dictionaries(st.text(max_size=3), Json, min_size=1))
def test_the_slice_of_a_key_is_the_text_of_its_value(record: dict[str, Any]) -> None:
    text = json.dumps(record, indent=2)
    for key, value in record.items():
        assert json.loads(original_slice(text, [key])) == value


def test_depth_is_measured_outside_strings() -> None:
    assert depth_of(r'{"a": [["[[[\"[[["], 1]}') == 3


@pytest.mark.parametrize(
    ("document", "code", "number"),
    [
        ('{"a": {"b": [{"c": 1}, ]}}', "not JSON", 2),
        ('{"a": {"b": [{"c": 1}}}', "not JSON", 1),
        ('{"a": {"b": [{"c": 1}] "d": 2}}', "not JSON", None),
        ('{"a": {"b": [], "b": []}}', "not JSON", None),
        ('{"a": {"b": [{"c": 1}]}} x', "not JSON", None),
        ('{"a": {"b": [{"c": "x]}}', "not JSON", 1),
        ('{"a": {"b": {}}}', "records not found", None),
        ('{"a": []}', "records not found", None),
        ("[]", "records not found", None),
    ],
)
def test_a_broken_document_is_refused(document: str, code: str, number: int | None) -> None:
    assert refusal(document, DOCUMENT, "c") == (code, number)


PATTERN = TextFormat(kind="text", pattern=r"(?P<host>\S+) (?P<code>\d{3})( (?P<size>\d+))?")


def test_a_text_line_gives_its_named_groups_and_itself() -> None:
    rows = read("a 200 17\nb 404\nc\n\r\nd 200 1\re 200 1x\n", PATTERN, "host", "size")
    assert [(row["c0"], row["c1"], row["record_text"]) for row in rows[:2]] == [
        ("a", "17", "a 200 17"),
        ("b", None, "b 404"),
    ]
    reasons = [row["malformed_reason"] for row in rows]
    assert reasons == [None, None, "the pattern does not match", "blank line", None, "the pattern does not match"]


def test_a_contract_names_groups_that_its_pattern_has() -> None:
    with pytest.raises(ValidationError, match="no named group verb"):
        SourceSpec(format=PATTERN, columns=[SourceColumn(name="verb")])
