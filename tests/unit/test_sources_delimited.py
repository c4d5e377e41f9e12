"""The two readers of delimited text against each other, and against one that looks at byte after byte."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lake.contracts.source import DelimitedFormat, SourceColumn, SourceSpec
from lake.io.sources import delimited, delimited_arrow, delimited_survey
from lake.io.sources.delimited_grammar import Grammar
from lake.io.sources.reading import Reading, Refused

EXAMPLES = settings(max_examples=40, deadline=None)
MANY = settings(max_examples=10_000, deadline=None)
Row = tuple[int, tuple[str | None, ...] | str, bytes | None]


@dataclass(frozen=True)
class Case:
    """One text in one dialect, read without a header."""

    form: DelimitedFormat
    width: int
    text: bytes

    @property
    def spec(self) -> SourceSpec:
        columns = [SourceColumn(name=f"c{place}") for place in range(self.width)]
        return SourceSpec(format=self.form, columns=columns)


def dialects() -> st.SearchStrategy[DelimitedFormat]:
    return st.builds(
        DelimitedFormat,
        kind=st.just("csv"),
        delimiter=st.sampled_from(",;\t|^]-§"),
        quote=st.sampled_from(['"', "'", ""]),
        escape=st.sampled_from(["", "", "\\", '"', "!"]),
        header=st.just(False),
    )


@st.composite
def nasty_cases(draw: st.DrawFn) -> Case:
    """Any order of marks, line ends, broken bytes and letters."""
    form = draw(dialects())
    marks = [
        form.delimiter,
        form.quote,
        form.quote * 2,
        form.escape,
        "\n",
        "\r\n",
        "\r",
        "a",
        "é",
        " ",
        "\ufeff",
    ]
    tokens = [mark.encode() for mark in marks if mark] + [b"\0", b"\xff", b"\xc3"]
    quiet = draw(st.booleans())
    pieces = st.sampled_from(tokens[:-3] if quiet else tokens)
    text = b"".join(draw(st.lists(pieces, min_size=1, max_size=40)))
    return Case(form, draw(st.integers(1, 4)), text)


@st.composite
def clean_cases(draw: st.DrawFn) -> Case:
    """Records as a careful sender writes them, a few with a field too many or too few."""
    form = draw(dialects().filter(lambda form: form.delimiter != "§"))
    width = draw(st.integers(2, 4))
    quote, end = form.quote, draw(st.sampled_from(["\n", "\r\n"]))
    inner = ["a", "é", " ", "", "\ufeff", "0.10"] + [x for x in (form.delimiter, quote * 2, end) if quote and x]
    plain = st.lists(st.sampled_from(["a", "é", " ", "", "0.10"]), max_size=4).map("".join)
    quoted = st.lists(st.sampled_from(inner), max_size=4).map(lambda x: quote + "".join(x) + quote)
    fields = st.lists(plain | quoted if quote else plain, min_size=width, max_size=width)
    odd_fields = st.lists(plain, min_size=1, max_size=6)
    records = draw(st.lists(fields | fields | fields | odd_fields, min_size=1, max_size=12))
    text = end.join(form.delimiter.join(record) for record in records) + draw(st.sampled_from(["", end]))
    return Case(form, width, text.encode())


def preamble_lines() -> st.SearchStrategy[bytes]:
    """A line that is no record, with its end."""
    pieces = st.sampled_from([b"a", b'"', b"'", b",", b"\\", b"!", b"\xff", b" "])
    ends = st.sampled_from([b"\n", b"\r\n"])
    return st.builds(lambda found, end: b"".join(found) + end, st.lists(pieces, max_size=6), ends)


def titled(skipped: int) -> tuple[SourceSpec, DelimitedFormat]:
    """Two columns below so many lines."""
    form = DelimitedFormat(kind="csv", skip_lines=skipped)
    return SourceSpec(format=form, columns=[SourceColumn(name="ca"), SourceColumn(name="cb")]), form


def rows_of(reading: Reading) -> list[Row]:
    rows: list[Row] = []
    for batch in reading.batches:
        for raw in batch.to_pylist():
            texts = tuple(value for name, value in raw.items() if name.startswith("c"))
            rows.append((raw["record_number"], raw["malformed_reason"] or texts, raw["malformed"]))
    return rows


def outcome_of(case: Case, arrow: bool) -> list[Row] | tuple[str, int | None]:
    try:
        reading = delimited.read_delimited(case.text, case.spec, case.form, arrow=arrow)
    except Refused as refused:
        return refused.code, refused.record_number
    rows = rows_of(reading)
    assert reading.record_count == len(rows)
    return rows


def expected_of(case: Case) -> list[Row] | tuple[str, int | None]:
    records = byte_by_byte(case)
    if records is None:
        return "unclosed quote", None
    rows: list[Row] = []
    for number, (record, fields, fault) in enumerate(records, 1):
        reason = fault
        if not reason and case.width > 1 and not record:
            reason = "blank line"
        if not reason and len(fields) != case.width:
            reason = f"{len(fields)} fields instead of {case.width}"
        try:
            if "\0" in record.decode():
                reason = "NUL byte"
        except UnicodeDecodeError:
            reason = "invalid utf-8"
        texts = tuple(field.decode(errors="replace") for field in fields)
        rows.append((number, reason or texts, record if reason else None))
    return rows


def byte_by_byte(case: Case) -> list[tuple[bytes, list[bytes], str]] | None:
    """Records as (text, fields, fault), by the rules and nothing else; None for a quote that stays open."""
    text, form = case.text, case.form
    d, q = form.delimiter.encode(), form.quote.encode()
    e = b"" if form.escape == form.quote else form.escape.encode()
    records: list[tuple[bytes, list[bytes], str]] = []
    fields, field, state, fault, start, at = [], b"", "start", "", 0, 0
    while at < len(text):
        end = b"\r\n" if text[at : at + 2] == b"\r\n" else text[at : at + 1]
        end = end if end in (b"\r\n", b"\r", b"\n") else b""
        if state != "quoted" and end:
            records.append((text[start:at], [*fields, field], fault))
            at += len(end)
            fields, field, state, fault, start = [], b"", "start", "", at
        elif e and text[at : at + len(e)] == e:
            rest = text[at + len(e) :]
            taken = next((m for m in (b"\r\n", b"\r", b"\n", d, q, e) if m and rest.startswith(m)), b"")
            if not rest and state == "quoted":
                return None
            if not rest:
                fault = fault or "escape at the end of the file"
            if state == "closed" and rest:
                fault = "text after a closing quote"
            field += taken or e + rest[:1]
            at += len(e) + len(taken or rest[:1])
            state = "plain" if state == "start" else state
        elif state == "quoted":
            if text[at : at + len(q)] == q and not e and text[at + 1 : at + 2] == q:
                field, at = field + q, at + 2
            elif text[at : at + len(q)] == q:
                state, at = "closed", at + 1
            else:
                field, at = field + text[at : at + 1], at + 1
        elif text[at : at + len(d)] == d:
            fields, field, state, at = [*fields, field], b"", "start", at + len(d)
        elif state == "start" and q and text[at : at + 1] == q:
            state, at = "quoted", at + 1
        else:
            fault = "text after a closing quote" if state == "closed" else fault
            state = "plain" if state == "start" else state
            field, at = field + text[at : at + 1], at + 1
    if state == "quoted":
        return None
    return records + ([(text[start:], [*fields, field], fault)] if start < len(text) else [])


def same(actual: Any, expected: Any) -> bool:
    """Refusals are compared by code (the byte-by-byte reader does not say where)."""
    if isinstance(actual, tuple) and isinstance(expected, tuple):
        return bool(actual[0] == expected[0])
    return bool(actual == expected)


@EXAMPLES
@given(nasty_cases() | clean_cases())
def test_the_exact_reader_follows_the_rules_byte_by_byte(case: Case) -> None:
    assert same(outcome_of(case, arrow=False), expected_of(case))


@EXAMPLES
@given(nasty_cases() | clean_cases())
def test_both_readers_give_the_same_rows(case: Case) -> None:
    assert outcome_of(case, arrow=True) == outcome_of(case, arrow=False)


def assert_blocks_do_not_matter(case: Case, times: int) -> None:
    """The case repeated over several blocks and survey steps, read in both ways."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited_survey, "STEP", 7)
        patch.setattr(delimited_arrow, "BLOCK_BYTES", 300)
        repeated = Case(case.form, case.width, (case.text.rstrip(b"\r\n") + b"\r\n") * times)
        assert outcome_of(repeated, arrow=True) == outcome_of(repeated, arrow=False)


@EXAMPLES
@given(nasty_cases() | clean_cases(), st.lists(preamble_lines(), min_size=1, max_size=4))
def test_skipped_lines_leave_what_the_rest_alone_would_be(case: Case, preamble: list[bytes]) -> None:
    form = case.form.model_copy(update={"skip_lines": len(preamble)})
    skipping = Case(form, case.width, b"".join(preamble) + case.text)
    alone = outcome_of(case, arrow=False)
    assert outcome_of(skipping, arrow=False) == outcome_of(skipping, arrow=True) == alone


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_report_with_a_title_is_read_from_its_header_on(end: str) -> None:
    text = end.join(['Campaign "report', "1 May - 2 May", "cb,ca", "2,1", ""]).encode()
    spec, form = titled(2)
    for arrow in (True, False):
        reading = delimited.read_delimited(text, spec, form, arrow=arrow)
        assert (rows_of(reading), reading.record_count) == ([(1, ("1", "2"), None)], 1)


@pytest.mark.parametrize(
    ("text", "skipped", "says"),
    [
        (b"Report\n1 May\nca,cb\n1,2\n", 0, "line 3 looks like the header: declare skip_lines: 2 (no required"),
        (b"Report\n1 May\nca,cb\n1,2\n", 1, "line 3 looks like the header: declare skip_lines: 2 (no required"),
        (b"ca,1 May\nca,cb\n1,2\n", 0, "line 2 looks like the header: declare skip_lines: 1 (the header lacks cb)"),
        (b'"Report\nca,cb\n1,2\n', 0, "line 2 looks like the header: declare skip_lines: 1 (a quote opens"),
        (b"\nca,cb\n", 0, "line 2 looks like the header: declare skip_lines: 1 (the first line is blank)"),
        (b'Report\n"1 May\nca,cb\n1,2\n', 0, "line 3 looks like the header: declare skip_lines: 2 (no required"),
        (b"x\n" * 10 + b"ca,cb\n", 0, "no required column in (x): is the delimiter right?"),
        (b"ca,cb\n1,2\n", 3, "the file has 2 lines, skip_lines is 3"),
        (b"ca,cb\n1,2\n", 2, "the file ends with the lines that are skipped"),
    ],
)
def test_a_header_further_down_is_pointed_at(text: bytes, skipped: int, says: str) -> None:
    with pytest.raises(Refused) as refused:
        delimited.read_delimited(text, *titled(skipped))
    assert refused.value.reason.startswith(says)


@EXAMPLES
@given(clean_cases())
def test_both_readers_agree_where_records_cross_blocks(case: Case) -> None:
    assert_blocks_do_not_matter(case, times=8)


@pytest.mark.long
@MANY
@given(clean_cases(), st.integers(2, 20))
def test_both_readers_agree_wherever_records_cross_blocks(case: Case, times: int) -> None:
    assert_blocks_do_not_matter(case, times)


@pytest.mark.parametrize("shift", range(4))
def test_a_quoted_line_end_cut_by_a_block_stays_whole(shift: int) -> None:
    size = delimited_arrow.BLOCK_BYTES
    head = b"x" * (size // 8 - 1) + b"\n"
    before = head * 7 + b"x" * (size // 8 - 4 - shift) + b'\n"a'
    form = DelimitedFormat(kind="csv", header=False)
    spec = SourceSpec(format=form, columns=[SourceColumn(name="c0")])
    reading = delimited.read_delimited(before + b'\r\nb"\n', spec, form)
    assert rows_of(reading)[-1] == (9, ("a\r\nb",), None)


@EXAMPLES
@given(nasty_cases() | clean_cases(), st.integers(1, 9))
def test_both_counts_equal_the_records_that_the_rules_give(case: Case, step: int) -> None:
    records = byte_by_byte(case)
    if records is None:
        return
    grammar = Grammar(case.form)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited_survey, "STEP", step)
        assert delimited_survey.survey(case.text, grammar).record_count == len(records)
    assert delimited_survey.count_by_walking(case.text, grammar) == len(records)


@pytest.mark.long
@MANY
@given(nasty_cases() | clean_cases())
def test_both_readers_and_the_rules_agree_on_many_texts(case: Case) -> None:
    exact = outcome_of(case, arrow=False)
    assert outcome_of(case, arrow=True) == exact
    assert same(exact, expected_of(case))


TRUSTED = [b"a,b\nc,d\n", b'"a\r\nb",c\r\n', b'"a""b",""\n', "é,ü\n".encode(), b"a\nb,c,d\n", b"a,b"]
ODD = {
    b"a,b\n\nc,d\n": "blank line",
    b"\na,b\n": "blank line",
    b"\r\na,b\r\n": "blank line",
    b"a,b\r\n\r\n": "blank line",
    b"a,b\rc,d\n": "lone carriage return",
    b"a,\xff\n": "invalid utf-8",
    b"a,\xed\xa0\x80\n": "invalid utf-8",
    b"a,\0\n": "NUL byte",
    b'a,"b"c\n': "quote inside a field",
    b'a,5" pipe\n': "quote inside a field",
    b'a, "b"\n': "quote inside a field",
    b'a,"b\n': "quote inside a field",
}


@pytest.mark.parametrize("text", TRUSTED)
def test_clean_text_is_left_to_arrow(text: bytes) -> None:
    form = DelimitedFormat(kind="csv", header=False)
    assert delimited_survey.survey(text, Grammar(form)).oddity == ""


@pytest.mark.parametrize("text", ODD)
def test_odd_text_is_kept_from_arrow(text: bytes) -> None:
    form = DelimitedFormat(kind="csv", header=False)
    assert delimited_survey.survey(text, Grammar(form)).oddity == ODD[text]


def test_a_byte_order_mark_in_the_second_record_stays() -> None:
    form = DelimitedFormat(kind="csv")
    spec = SourceSpec(format=form, columns=[SourceColumn(name="ca")])
    reading = delimited.read_delimited(b"ca\n\xef\xbb\xbf1\n", spec, form)
    assert rows_of(reading) == [(1, ("\ufeff1",), None)]


def test_a_long_record_goes_to_the_exact_reader_and_stays_whole() -> None:
    form = DelimitedFormat(kind="csv", header=False)
    spec = SourceSpec(format=form, columns=[SourceColumn(name="c0"), SourceColumn(name="c1")])
    long = "x" * (delimited_arrow.BLOCK_BYTES + 10)
    reading = delimited.read_delimited(f"a,b\n{long},c\n".encode(), spec, form)
    assert rows_of(reading) == [(1, ("a", "b"), None), (2, (long, "c"), None)]


def test_a_record_over_the_limit_refuses_the_file_with_its_number() -> None:
    form = DelimitedFormat(kind="csv", header=False)
    spec = SourceSpec(format=form, columns=[SourceColumn(name="c0")], max_record_bytes=5)
    with pytest.raises(Refused) as refused:
        delimited.read_delimited(b"abc\n123456\n", spec, form)
    assert (refused.value.code, refused.value.record_number) == ("record too large", 2)
