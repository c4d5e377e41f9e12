"""Warnings about records that are sent again where nothing says which version is newer, or that it is one."""

from __future__ import annotations

from collections.abc import Iterator

from lake.contracts.lint.scope import Scope
from lake.contracts.paths import LandingPattern
from lake.contracts.problems import Problem
from lake.names import LoadKind


def version_warnings(scope: Scope) -> Iterator[Problem]:
    """`upsert` feeds of several files without a date or version, and `upsert` with keys made of the whole content."""
    for feed in scope.feeds.values():
        model = feed.model
        if model.load is not LoadKind.UPSERT:
            continue
        pattern = LandingPattern(model.path)
        has_files = pattern.has_wildcard and not model.is_pulled
        if has_files and not (model.version_by or pattern.has_date):
            text = (
                "upsert of several files, and nothing says which is newer: of two versions of a row the greater hash "
                "would count; name the column that grows with each change in `version_by:`, or put {date} into the path"
            )
            yield feed.problem(("path",), text)
        for place, item in enumerate(model.provides):
            is_whole = item.key == "content" and item.route and not item.explode
            if is_whole and not item.when:  # of those with a `when:` another warning tells
                text = (
                    "upsert with a key made of the whole record: a row that is sent again, changed, is another row, "
                    "and both count; make the key of columns that stay, or `load: append` if rows never change"
                )
                yield feed.problem(("provides", place, "key"), text)
