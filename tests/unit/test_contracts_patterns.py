"""Landing patterns: overlap is decided as a brute-force search over names decides it."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lake.contracts.file_patterns import PathPatternError, can_match_one_file, tokens
from lake.contracts.paths import LandingPattern

ALPHABET = "ab/1"
NAMES = ["".join(letters) for length in range(1, 6) for letters in itertools.product(ALPHABET, repeat=length)]
PATTERNS = st.text(alphabet="ab/1*?", min_size=1, max_size=5).filter(lambda p: not p.startswith("/") and "//" not in p)


@given(PATTERNS, PATTERNS)
def test_two_patterns_overlap_where_a_name_exists_that_both_match(one: str, two: str) -> None:
    # a shared name of two patterns of at most five steps never needs more than their steps together: search short ones
    first, second = LandingPattern(one), LandingPattern(two)
    found = any(first.matches(name) and second.matches(name) for name in NAMES)
    if found:
        assert can_match_one_file(one, two)
    if not can_match_one_file(one, two):
        assert not found


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        ("{date}.csv", "{date}.csv", True),
        ("{date}.csv", "{date:yyyyMMdd}.csv", False),
        ("{date}.csv", "*.csv", True),
        ("{date}.csv", "sales_*.csv", False),
        ("a/{date}.csv", "*.csv", False),
        ("a*b", "*ab", True),
        ("a*b", "b*", False),
        ("x_?.csv", "x_{date:yyyyMMdd}.csv", False),
        ("x_????????.csv", "x_{date:yyyyMMdd}.csv", True),
        ("x_abc*.csv", "x_{date:yyyyMMdd}.csv", False),
        ("*/sales.csv", "*.csv", False),
        ("{date:yyyy-MM}.csv", "{date}.csv", False),
        ("{date:yyyy}.csv", "????.csv", True),
        ("{date}_sales*.csv", "*_returns.csv", True),
        ("2010*", "{date}.csv", True),
        ("*", "a", True),
        ("*a", "*b", False),
    ],
)
def test_overlap_of_typical_patterns(one: str, two: str, expected: bool) -> None:
    assert can_match_one_file(one, two) is expected
    assert can_match_one_file(two, one) is expected


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/a",
        "a//b",
        "a/../b",
        "{day}",
        "{date:}",
        "{date:MM-dd}",
        "{date:yyyydd}",
        "{date:yyyyMMHH}",
        "{date:YYYYMMdd}",
        "{date}-{date:yyyyMMdd}",
        "[ab]",
        "a{b",
        "a\\b",
    ],
)
def test_a_malformed_path_is_refused(path: str) -> None:
    with pytest.raises(PathPatternError):
        tokens(path)
