"""Between a declared encoding and UTF-8, both ways: a byte that means nothing becomes invalid UTF-8.

So one check serves all encodings, hits only the record concerned, and its original bytes can be given back.
"""

from __future__ import annotations

import codecs

import pyarrow as pa

from lake.contracts.source import Encoding
from lake.io.sources.records import Refused

FOREIGN_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def to_utf8(content: bytes, encoding: Encoding) -> bytes:
    """The text as UTF-8 without its byte order mark. Raises Refused where a mark contradicts the contract."""
    for mark, found in FOREIGN_MARKS.items():
        if content.startswith(mark) and not encoding.startswith(found):
            raise Refused("wrong encoding", f"the file begins with the mark of {found}, not {encoding}: declare it")
    if encoding == "utf-8":
        return content.removeprefix(codecs.BOM_UTF8)
    if encoding.startswith("utf-16"):
        return _from_utf16(content, encoding)
    if content.isascii():
        return content
    return content.decode(encoding, "surrogateescape").encode("utf-8", "surrogatepass")


def to_original(record: bytes, encoding: Encoding, big_endian: bool) -> bytes:
    """The bytes of one record as they were sent, from what `to_utf8` made of them."""
    if encoding == "utf-8":
        return record
    text = record.decode("utf-8", "surrogatepass")
    if encoding.startswith("utf-16"):
        return text.encode("utf-16-be" if big_endian else "utf-16-le", "surrogatepass")
    return text.encode(encoding, "surrogateescape")


def is_big_endian(content: bytes, encoding: Encoding) -> bool:
    """Whether UTF-16 text has its greater byte first, by its mark or its contract."""
    return encoding == "utf-16-be" or (encoding == "utf-16" and content.startswith(codecs.BOM_UTF16_BE))


def is_valid_utf8(text: bytes) -> bool:
    """Whether all is well-formed UTF-8 (no overlong form, no surrogate), in one pass that copies nothing."""
    if text.isascii():
        return True
    offsets = pa.py_buffer(bytes(8) + len(text).to_bytes(8, "little"))
    whole = pa.Array.from_buffers(pa.large_binary(), 1, [None, offsets, pa.py_buffer(text)])
    try:
        whole.cast(pa.large_string())
    except pa.ArrowInvalid:
        return False
    return True


def _from_utf16(content: bytes, encoding: Encoding) -> bytes:
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if encoding == "utf-16" and not marked:
        raise Refused("wrong encoding", "UTF-16 without a byte order mark: declare utf-16-le or utf-16-be")
    if len(content) % 2:
        raise Refused("truncated text", "UTF-16 with an odd number of bytes: ask for the file again")
    order = "utf-16-be" if is_big_endian(content, encoding) else "utf-16-le"
    return content[2 * marked :].decode(order, "surrogatepass").encode("utf-8", "surrogatepass")
