"""Ways to run the command, and what a run leaves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Ran:
    """What a run of the command left."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Standard output as the one JSON document it must be."""
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, Any]:
        """Standard error as the one JSON object it must be."""
        found = json.loads(self.err)
        assert isinstance(found, dict)
        return found


Oda = Callable[..., Ran]


def command(*arguments: str | Path) -> list[str]:
    """The command line of a process of its own."""
    return [sys.executable, "-m", "pipelines.command", *map(str, arguments)]


def process(*arguments: str | Path, stdin: str | None = None, **environment: str) -> Ran:
    """Run the command as a process of its own, its output piped."""
    done = subprocess.run(
        command(*arguments),
        input=stdin,
        stdin=None if stdin is not None else subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment},
        timeout=400,  # a new checkout compiles its kernels first
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)
