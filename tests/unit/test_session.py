"""Settings of a running session: what was chosen when it was started stays."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from pyspark.sql import SparkSession

from lake.io.session import GIVEN, change_settings


class StartedWith(dict[str, str]):
    """As much of a SparkConf as is asked for."""

    def contains(self, key: str) -> bool:
        return key in self


@pytest.mark.parametrize(
    ("started", "changed"),
    [
        ({GIVEN: "", "codegen": "true", "partitions": "4"}, {"codegen", "partitions"}),
        ({GIVEN: "codegen,memory", "codegen": "true", "partitions": "4"}, {"partitions"}),
        ({"codegen": "true"}, {"partitions"}),
    ],
    ids=["nothing given", "given, with the usual value", "somebody else's session"],
)
def test_settings_change_unless_they_were_given(started: dict[str, str], changed: set[str]) -> None:
    found: dict[str, Any] = {}
    context = SimpleNamespace(getConf=lambda: StartedWith(started))
    spark = SimpleNamespace(sparkContext=context, conf=SimpleNamespace(set=found.__setitem__))
    change_settings(cast(SparkSession, spark), {"codegen": "false", "partitions": "2"})
    assert set(found) == changed
