"""What a run says while it works: one line a step on stderr, JSON where nobody watches. Results go to stdout."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass
class Progress:
    """Says each step once; `quiet` says only problems."""

    run_id: str = ""
    quiet: bool = False
    terminal: bool = field(default_factory=lambda: sys.stderr.isatty())
    started: float = field(default_factory=time.monotonic)

    def step(self, name: str, **facts: object) -> None:
        """A step is done; `facts` are its figures."""
        if not self.quiet:
            self._say("info", name, facts)

    def problem(self, name: str, **facts: object) -> None:
        """Something the operator must know; said even when quiet."""
        self._say("warning", name, facts)

    def _say(self, level: str, name: str, facts: dict[str, object]) -> None:
        seconds = round(time.monotonic() - self.started, 1)
        if self.terminal:
            mark = "!" if level == "warning" else "·"
            text = "  ".join(f"{key}={value}" for key, value in facts.items())
            print(f"{seconds:7.1f}s {mark} {name:<22} {text}", file=sys.stderr, flush=True)
            return
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        line: dict[str, object] = {"at": now, "level": level, "run_id": self.run_id}
        line |= {"step": name, "seconds": seconds, **facts}
        print(json.dumps(line, default=str), file=sys.stderr, flush=True)
