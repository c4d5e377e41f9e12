"""What a run says of words that the star does not know."""

from __future__ import annotations

import json
from collections import Counter
from types import SimpleNamespace

import pytest

from lake.pipelines.balances import say_unknown_words
from lake.progress import Progress


def test_a_line_for_each_entity_that_has_more_unknown_words_than_before(capsys: pytest.CaptureFixture[str]) -> None:
    standing = Counter(
        {
            ("shop", "payments", "rule:allowed_payment_status"): 7,
            ("shop", "page_views", "rule:allowed_page_kind"): 3,
            ("shop", "orders", "rule:allowed_order_status"): 2,
            ("shop", "orders", "rule:total_amount > 0"): 5,
        }
    )
    changes = {**dict.fromkeys(standing, 1), ("shop", "page_views", "rule:allowed_page_kind"): -1}
    say_unknown_words(SimpleNamespace(progress=Progress(quiet=True, terminal=False)), standing, changes)  # type: ignore[arg-type]
    said = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(line["level"], line["step"], line["feed"], line["entity"], line["rules"]) for line in said] == [
        ("warning", "unknown words", "shop", "orders", "allowed_order_status (2 rows)"),
        ("warning", "unknown words", "shop", "payments", "allowed_payment_status (7 rows)"),
    ]
