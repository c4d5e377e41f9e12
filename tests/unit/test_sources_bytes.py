"""Unpacking within limits, encodings there and back, and the contract of a dialect."""

from __future__ import annotations

import bz2
import gzip
import tracemalloc
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from lake.contracts.source import DelimitedFormat, Encoding, SourceColumn, SourceSpec
from lake.io.sources.encodings import is_valid_utf8, to_original, to_utf8
from lake.io.sources.reading import Refused
from lake.io.sources.unpacking import PIECE, unpack

EXAMPLES = settings(max_examples=100, deadline=None)
# of Big5 two codes mean one character, and of UTF-16 the mark is not kept
ENCODINGS: list[Encoding] = [one for one in get_args(Encoding) if one not in ("big5", "utf-16")]


def spec(**limits: Any) -> SourceSpec:
    return SourceSpec(format=DelimitedFormat(kind="csv"), columns=[SourceColumn(name="a")], **limits)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_archives_of_many_members_unpack_to_all_of_them(pack: Any) -> None:
    members = [bytes([65 + n % 26]) * (n * 9973 % (2 * PIECE)) for n in range(1, 8)]
    assert unpack(b"".join(map(pack, members)), "auto", spec(max_unpack_ratio=10**6)) == b"".join(members)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_every_cut_of_an_archive_is_refused(pack: Any) -> None:
    whole = pack(b"order_id,note\n1,two\n")
    for stop in range(10, len(whole)):
        with pytest.raises(Refused, match="truncated archive"):
            unpack(whole[:stop], "gzip" if pack is gzip.compress else "bz2", spec())


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_a_bomb_is_never_held_whole(pack: Any) -> None:
    bomb = pack(bytes(100_000_000))
    tracemalloc.start()
    with pytest.raises(Refused, match="unpacking bomb"):
        unpack(bomb, "auto", spec())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30_000_000


def test_a_file_that_unpacks_over_the_limit_is_too_large() -> None:
    with pytest.raises(Refused, match="too large"):
        unpack(gzip.compress(bytes(range(256)) * 40), "auto", spec(max_file_bytes=5_000))


def test_a_declared_archive_that_is_none_is_refused() -> None:
    for kind in ("gzip", "bz2"):
        with pytest.raises(Refused, match="corrupt archive"):
            unpack(b"a,b\n1,2\n", kind, spec())


@EXAMPLES
@given(st.binary(max_size=60), st.sampled_from(ENCODINGS))
def test_any_bytes_come_back_as_they_were_sent(content: bytes, encoding: Encoding) -> None:
    try:
        text = to_utf8(content, encoding)
    except Refused:
        return
    marks = {"utf-8": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}
    assert to_original(text, encoding, encoding == "utf-16-be") == content.removeprefix(marks.get(encoding, b""))


@EXAMPLES
@given(st.binary(max_size=8) | st.text(max_size=8).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_utf8_is_valid_where_python_decodes_it(text: bytes) -> None:
    try:
        text.decode()
    except UnicodeDecodeError:
        assert not is_valid_utf8(text)
    else:
        assert is_valid_utf8(text)


@EXAMPLES
@given(st.text(max_size=20), st.sampled_from(["utf-16-le", "utf-16-be", "utf-8"]))
def test_readable_text_becomes_the_same_text_in_utf8(text: str, encoding: Encoding) -> None:
    try:
        content = text.encode(encoding)
    except UnicodeEncodeError:
        return
    if not text.startswith(("\ufeff", "\ufffe")):
        assert to_utf8(content, encoding) == text.encode()


@pytest.mark.parametrize(
    "dialect", [{"delimiter": '"'}, {"delimiter": "\n"}, {"delimiter": "\\", "escape": "\\"}, {"quote": "\r"}]
)
def test_marks_that_mean_two_things_are_refused_in_the_contract(dialect: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        DelimitedFormat(kind="csv", **dialect)  # type: ignore[arg-type]


def test_two_columns_of_one_name_are_refused_in_the_contract() -> None:
    columns = [SourceColumn(name="a", source="x"), SourceColumn(name="b", source="x")]
    with pytest.raises(ValidationError, match="two columns with the source x"):
        SourceSpec(format=DelimitedFormat(kind="csv"), columns=columns)
