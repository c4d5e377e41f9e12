"""git as the journal of conf/: whether a file could be had back after it was removed."""

from __future__ import annotations

import subprocess
from pathlib import Path

from lake.errors import ContractError


def refuse_uncommitted(path: Path, shown: str) -> None:
    """Raise ContractError where the file, as it is, is in no commit: once removed nobody could get it back."""
    command = ["git", "-C", str(path.parent), "status", "--porcelain", "--ignored", "--", path.name]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise ContractError(f"{shown}: without git nobody could get it back; install git, or give --force") from None
    if answer.returncode != 0:
        raise ContractError(f"{shown} is not under version control; commit it first, or give --force")
    if answer.stdout.strip():
        raise ContractError(f"{shown} has changes that are not committed; commit them first, or give --force")
