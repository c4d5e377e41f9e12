"""Rows on stdout: tab separated, JSON, or a table where somebody looks."""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from lake.cli.operating import print_rows

AT = datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)
COLUMNS = ("name", "day", "at", "rows")
ROWS = [("a\tb\nc", date(2024, 1, 2), AT, 3), ("[b]", None, None, Decimal("1.50"))]


def test_a_value_keeps_to_its_column_and_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(COLUMNS, ROWS, as_json=False)
    assert capsys.readouterr().out.splitlines() == [
        "name\tday\tat\trows",
        "a\\tb\\nc\t2024-01-02\t2024-01-02 03:04:05\t3",
        "[b]\t\t\t1.50",
    ]


def test_json_keeps_numbers_and_nulls(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(COLUMNS, ROWS, as_json=True)
    first, second = json.loads(capsys.readouterr().out)
    assert (first["name"], first["rows"], second["day"]) == ("a\tb\nc", 3, None)
    print_rows(COLUMNS, [], as_json=True)
    assert json.loads(capsys.readouterr().out) == []


def test_a_terminal_gets_a_table_in_which_brackets_are_text(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "120")
    print_rows(COLUMNS, ROWS, as_json=False)
    shown = capsys.readouterr().out
    assert "[b]" in shown and "2024-01-02 03:04:05" in shown and "\t" not in shown
