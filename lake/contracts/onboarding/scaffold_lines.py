"""Samples of files of lines: delimited text with or without a header, and the logs of web servers."""

from __future__ import annotations

import csv
import itertools
import json
import re
from collections.abc import Sequence
from pathlib import Path

from lake.contracts.onboarding.kinds import proposed_kind
from lake.contracts.onboarding.sample import SAMPLED, Sample
from lake.errors import SourceError
from lake.names import LONGEST_NAME

ACCESS_LOG = (
    r'(?P<host>\S+) \S+ (?P<user>\S+) \[(?P<at>[^\]]+)\] "(?P<request>[^"]*)" (?P<status>\d{3}) (?P<bytes>\d+|-)'
    r'( "(?P<referrer>[^"]*)" "(?P<agent>[^"]*)")?'
)
"""https://httpd.apache.org/docs/2.4/logs.html, the common and the combined format."""


def sample_of_lines(path: Path, text: str, encoding: str) -> Sample:
    """The first lines as records of a delimited file or a log; SourceError where they look like neither."""
    options = [f"encoding: {encoding}"] * (encoding != "utf-8")
    first = next(line for line in text.splitlines() if line.strip())
    if re.fullmatch(ACCESS_LOG, first.strip()):
        return _log_sample(text, options)
    delimiter = max(",;\t|", key=text.split("\n", 1)[0].count)
    rows = list(itertools.islice(csv.reader(text.splitlines(keepends=True), delimiter=delimiter), SAMPLED + 1))
    options = [f"delimiter: {json.dumps(delimiter)}"] * (delimiter != ",") + options
    names, notes = [name.strip() for name in rows[0]], []
    longest = max(names, key=len, default="")
    if len(longest) > LONGEST_NAME:
        says = f"the first line has a name of {len(longest)} letters; `kind: text` with a pattern reads lines of a log"
        if len(names) == 1:
            raise SourceError(f"{path}: {says}, and a CSV needs a header or `header: false`")
        notes.append(f"{says}; longer names than {LONGEST_NAME} are cut")
    if why := _no_header(names):
        options.append("header: false")
        notes.append(f"the first line was taken for a record: {why}; if it is a header, remove `header: false`")
        names = [f"field_{place}" for place in range(1, len(names) + 1)]
    else:
        notes.append("the first line was taken for the header; otherwise declare `header: false`")
        rows = rows[1:]
    columns = {name: [row[place] for row in rows if place < len(row)] for place, name in enumerate(names)}
    return Sample("{" + ", ".join(["kind: csv", *options]) + "}", columns, notes)


def _no_header(names: Sequence[str]) -> str:
    """Why these cannot be the names of columns, in words; '' where they can."""
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        return f"{twice!r} stands twice in it"
    value = next((name for name in names if proposed_kind([name])[0] not in ("string", "boolean")), None)
    return f"{value} is no name" if value else ""


def _log_sample(text: str, options: Sequence[str]) -> Sample:
    lines = [line.strip() for line in text.splitlines() if line.strip()][:SAMPLED]
    found = [match.groupdict() for line in lines if (match := re.fullmatch(ACCESS_LOG, line))]
    fields = {name: [one[name] or "" for one in found] for name in re.compile(ACCESS_LOG).groupindex}
    fields = {name: ["" if value == "-" else value for value in values] for name, values in fields.items()}
    form = ", ".join(["kind: text", f"pattern: '{ACCESS_LOG}'", *options])
    notes = [f"a log of a web server: {len(found)} of the first {len(lines)} lines fit the pattern"]
    return Sample(f"{{{form}}}", fields, notes, facts=['null_values: ["", "-"]', "identity: position"])
