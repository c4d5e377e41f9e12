"""By what the content of a file is known: its SHA-256; what is over the limit of its feed is not read."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from lake.contracts.feed import Feed
from lake.contracts.source import SourceSpec
from lake.contracts.unclaimed import shortened
from lake.io.raw import LandedFile, Refusal, content_hashes
from lake.io.sources.unpacking import over_limit
from lake.io.storage import StoredFile
from lake.pipelines.delivery_book import DeliveryBook
from lake.pipelines.run import Run


def file_hashes(run: Run, feed: Feed, book: DeliveryBook, files: Sequence[StoredFile]) -> dict[str, str]:
    """URI -> SHA-256 (hex) of a file's bytes; none for a file that vanished since the listing, or that Spark hides.

    A file over the limit has one of its size and time instead, or the one that the ledger has for both.
    """
    fit = [file for file in files if file.size <= feed.max_file_bytes]
    found = content_hashes(run.spark, fit) if fit else {}
    if hidden := [file.name for file in fit if file.uri not in found and file.name.rpartition("/")[2][0] in "_."]:
        mend = "Spark passes over names that begin with _ or . where it reads them itself: rename them"
        run.progress.problem("hidden files", feed=feed.feed, names=shortened(hidden), mend=mend)
    return found | {file.uri: _stand_in(book, feed, file) for file in files if file.size > feed.max_file_bytes}


def refused_for_size(files: Sequence[LandedFile], spec: SourceSpec) -> dict[str, Refusal]:
    """delivery_id -> the refusal of a file that is over the limit: nobody has to hold it in memory to know it."""
    told = over_limit(spec)
    return {
        one.delivery_id: Refusal(one.delivery_id, told.code, told.reason, None)
        for one in files
        if one.file.size > spec.max_file_bytes
    }


def _stand_in(book: DeliveryBook, feed: Feed, file: StoredFile) -> str:
    last = book.last_event.get((feed.feed, file.name))
    if last is not None and (last["size_bytes"], last["modified_ms"]) == (file.size, file.modified_ms):
        return str(last["sha256"])
    return hashlib.sha256(f"not read: {file.size} bytes of {file.modified_ms}".encode()).hexdigest()
