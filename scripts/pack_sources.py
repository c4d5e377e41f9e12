"""Packs lake/ and conf/ into one archive for executors: equal sources give equal bytes. Used by spark_submit.sh.

Run as: pack_sources.py PROJECT ARCHIVE
"""

import os
import sys
import zipfile
from pathlib import Path

EARLIEST_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def sources(project: Path) -> list[Path]:
    """The files of lake/ and conf/, without what Python compiles, in one order on every machine."""
    found = [path for folder in ("lake", "conf") for path in (project / folder).rglob("*") if path.is_file()]
    return sorted(path for path in found if "__pycache__" not in path.parts)


def pack(project: Path, archive: Path) -> None:
    """Writes the archive beside its place and moves it there, so that nobody sees half of it."""
    partial = archive.with_name(f"{archive.name}.{os.getpid()}")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sources(project):
            entry = zipfile.ZipInfo(path.relative_to(project).as_posix(), EARLIEST_ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            packed.writestr(entry, path.read_bytes())
    partial.replace(archive)


if __name__ == "__main__":
    pack(Path(sys.argv[1]), Path(sys.argv[2]))
