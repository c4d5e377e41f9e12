"""From the delivered bytes to the unpacked ones, within limits; what is no text is refused."""

from __future__ import annotations

import bz2
import zlib
from collections.abc import Iterator

from lake.contracts.source import Compression, SourceSpec
from lake.io.sources.records import AGAIN, Refused

PIECE = 1 << 20
GZIP_MAGIC = b"\x1f\x8b"
BZ2_MAGICS = tuple(b"BZh%d" % level + block for level in range(1, 10) for block in (b"1AY&SY", b"\x17rE8P\x90"))

MAGICS = {
    b"PK\x03\x04": "a zip archive or an office document",
    b"PK\x05\x06": "an empty zip archive",
    GZIP_MAGIC: "a gzip archive",
    b"\xfd7zXZ\x00": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a zstandard archive",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!\x1a\x07": "a rar archive",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "an old office document",
    b"SQLite format 3\x00": "a SQLite database",
    b"Obj\x01": "an Avro file",
    b"%PDF-": "a PDF",
    b"\x89PNG\r\n": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF87a": "a GIF picture",
    b"GIF89a": "a GIF picture",
    b"\x7fELF": "a program",
}
CONTROL_BYTES = bytes({*range(32)} - {*b"\t\n\r\x0b\x0c\x1a\x1b\x1c\x1d\x1e\x1f"} | {0x7F})
MAX_CONTROL_SHARE = 0.05
FEW_CONTROL_BYTES = 8
SNIFFED_BYTES = 65_536


def unpack(content: bytes, compression: Compression, spec: SourceSpec) -> bytes:
    """The unpacked bytes of a file. Raises Refused: empty, too large, unpacking bomb, broken archive."""
    if not content:
        raise Refused("empty", f"the file has no bytes: {AGAIN}")
    if len(content) > spec.max_file_bytes:
        raise over_limit(spec)
    kind = _compression_of(content) if compression == "auto" else compression
    if kind == "none":
        return content
    pieces = _gzip_pieces(content) if kind == "gzip" else _bz2_pieces(content)
    unpacked = b"".join(_bounded(pieces, len(content), spec))
    if not unpacked:
        raise Refused("empty", f"the archive holds no bytes: {AGAIN}")
    return unpacked


def over_limit(spec: SourceSpec) -> Refused:
    """What is said of a file that is larger than it may be."""
    return Refused("too large", f"over max_file_bytes {spec.max_file_bytes}: raise it, or split the file")


def refuse_binary(text: bytes, allowed: str) -> None:
    """Raise Refused for a known binary format or bytes full of controls (`allowed`: the dialect's own)."""
    for magic, what in MAGICS.items():
        if text.startswith(magic):
            raise Refused("binary", f"the file is {what}: ask the sender for text")
    if text.startswith(BZ2_MAGICS):
        raise Refused("binary", "the file is a bz2 archive: declare compression: auto")
    if text.startswith(b"PAR1") and text.endswith(b"PAR1"):
        raise Refused("binary", "the file is Parquet: ask the sender for text")
    head = text[:SNIFFED_BYTES]
    control = len(head) - len(head.translate(None, CONTROL_BYTES.translate(None, allowed.encode())))
    if control > max(FEW_CONTROL_BYTES, len(head) * MAX_CONTROL_SHARE):
        raise Refused("binary", f"{control} of the first {len(head)} bytes are no text: ask the sender for text")


def _compression_of(content: bytes) -> Compression:
    if content.startswith(GZIP_MAGIC):
        return "gzip"
    return "bz2" if content.startswith(BZ2_MAGICS) else "none"


def _bounded(pieces: Iterator[bytes], packed: int, spec: SourceSpec) -> Iterator[bytes]:
    """Pass the pieces on until a limit is met, so that a bomb is never held whole."""
    total = 0
    for piece in pieces:
        total += len(piece)
        if total > spec.max_file_bytes:
            raise Refused("too large", f"unpacks to over max_file_bytes {spec.max_file_bytes}: raise it")
        if total > packed * spec.max_unpack_ratio:
            over = f"over max_unpack_ratio {spec.max_unpack_ratio} times its size"
            raise Refused("unpacking bomb", f"unpacks to {over}: raise it if the file is right")
        yield piece


def _gzip_pieces(content: bytes) -> Iterator[bytes]:
    """Unpacked pieces of one gzip member after another (RFC 1952, 2.2); zlib checks each member's sum."""
    position = 0
    while position < len(content):
        if position and not content.startswith(GZIP_MAGIC, position):
            raise Refused("trailing garbage", f"{len(content) - position} bytes follow the archive: {AGAIN}")
        member = zlib.decompressobj(wbits=31)
        while not member.eof:
            waiting = member.unconsumed_tail or content[position : position + PIECE]
            fresh = 0 if member.unconsumed_tail else len(waiting)
            try:
                piece = member.decompress(waiting, PIECE)
            except zlib.error as error:
                raise Refused("corrupt archive", f"gzip: {error}: {AGAIN}") from error
            position += fresh - len(member.unused_data)
            if not waiting and not piece and not member.eof:
                raise Refused("truncated archive", f"gzip ends before its end mark: {AGAIN}")
            yield piece


def _bz2_pieces(content: bytes) -> Iterator[bytes]:
    """Unpacked pieces of one bz2 stream after another."""
    position = 0
    while position < len(content):
        if position and not content.startswith(BZ2_MAGICS, position):
            raise Refused("trailing garbage", f"{len(content) - position} bytes follow the archive: {AGAIN}")
        stream = bz2.BZ2Decompressor()
        while not stream.eof:
            waiting = content[position : position + PIECE] if stream.needs_input else b""
            if stream.needs_input and not waiting:
                raise Refused("truncated archive", f"bz2 ends before its end mark: {AGAIN}")
            try:
                piece = stream.decompress(waiting, PIECE)
            except OSError as error:
                raise Refused("corrupt archive", f"bz2: {error}: {AGAIN}") from error
            position += len(waiting) - len(stream.unused_data)
            yield piece
