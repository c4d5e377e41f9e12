"""Which folders of the published zone are nobody's, told by the ledger and by real folders, without Spark."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lake.errors import EnvironmentError_
from lake.pipelines import maintain
from lake.pipelines.publishing.release_contents import (
    WHOLE,
    Content,
    PublishedPartition,
    PublishedTable,
    Shape,
    to_json,
)
from lake.pipelines.publishing.releases import History, Release, State

FACT, DIMENSION = Shape((("a", "string"), ("m", "string")), "orc", "m"), Shape((("a", "string"),), "orc")
JANUARY, FEBRUARY = "fct_sales/r000001_run1/m=2024-01", "fct_sales/r000002_run2/m=2024-02"
COUNTRIES = "dim_country/r000001_run1"
LOST = ("fct_sales/r000001_run1/m=2024-02", "dim_country/r000002_run9/m=1")


@dataclass
class FakeRun:
    """As much of a run as is asked where folders lie."""

    root: Path
    plan: bool = False
    spark: Any = None
    shop: str = "demo"

    @property
    def settings(self) -> FakeRun:
        return self

    def zone_uri(self, shop: str, zone: str) -> str:
        return f"{self.root}/{shop}/published"


def live(root: str) -> History:
    """One release that names folders below that root."""
    content = Content(1, "f")
    sales = {m: PublishedPartition(f"{root}/demo/published/{p}", content) for m, p in
             (("2024-01", JANUARY), ("2024-02", FEBRUARY))}  # fmt: skip
    countries = {WHOLE: PublishedPartition(f"{root}/demo/published/{COUNTRIES}", content)}
    tables = {"fct_sales": PublishedTable(2, FACT, sales), "dim_country": PublishedTable(1, DIMENSION, countries)}
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return History({2: Release(2, State.LIVE, "run2", at, tables_json=to_json(tables))})


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A root with the live release's folders and two that nobody names."""
    for place in (JANUARY, FEBRUARY, COUNTRIES, *LOST):
        (tmp_path / "lake/demo/published" / place).mkdir(parents=True)

    def list_folders(spark: None, folder: str) -> list[str]:
        return sorted(path.name for path in Path(folder).iterdir() if path.is_dir())

    def delete(spark: None, uri: str) -> bool:
        shutil.rmtree(uri)
        return True

    for function in (list_folders, delete):
        name: str = function.__name__
        monkeypatch.setattr(maintain.storage, name, function)
    monkeypatch.setattr(maintain.storage, "qualified", lambda spark, uri: f"file:{uri}")
    return tmp_path / "lake"


def left(root: Path) -> set[str]:
    """The folders without folders in them."""
    published = root / "demo/published"
    inner = (path for path in published.rglob("*") if not any(child.is_dir() for child in path.iterdir()))
    return {path.relative_to(published).as_posix() for path in inner}


def spelled_alike(root: Path) -> Path:
    return root


def through_a_link(root: Path) -> Path:
    root.with_name("link").symlink_to(root)
    return root.with_name("link")


def moved(root: Path) -> Path:
    return root.rename(root.with_name("moved"))


@pytest.mark.parametrize("spelled", [spelled_alike, through_a_link, moved])
def test_only_what_no_release_names_goes_however_the_root_is_spelled(
    lake: Path, spelled: Callable[[Path], Path]
) -> None:
    root = spelled(lake)
    lines = maintain._orphan_folders(FakeRun(root), live(f"file:{lake}"), [])  # type: ignore[arg-type]
    assert left(root) == {JANUARY, FEBRUARY, COUNTRIES}
    told = [f"remove folder {root}/demo/published/{place}, which no release names" for place in
            ("dim_country/r000002_run9", LOST[0])]  # fmt: skip
    assert lines == told


def test_nothing_goes_where_a_folder_of_the_live_release_is_not(lake: Path) -> None:
    before = left(lake)
    shutil.move(lake / "demo/published" / FEBRUARY, lake / "elsewhere")
    with pytest.raises(EnvironmentError_, match=r"folder fct_sales/r000002_run2/m=2024-02 is not in .*--root"):
        maintain._orphan_folders(FakeRun(lake), live(f"file:{lake}"), [])  # type: ignore[arg-type]
    assert left(lake) == before - {FEBRUARY} | {"fct_sales/r000002_run2"}
