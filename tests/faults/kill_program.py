"""The harness that kills steps, as a program that has loaded everything and answers a line for a line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Kill = Callable[[str, int, int], dict[str, Any]]
"""Kills a step so many times with a seed, and says what came of it."""


@contextmanager
def harness() -> Iterator[Kill]:
    """The harness for as long as the context lasts."""
    program = [sys.executable, str(Path(__file__).with_name("kill_harness.py"))]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        asked, answers = server.stdin, server.stdout

        def kill(step: str, wanted: int, seed: int) -> dict[str, Any]:
            asked.write(f"{step} {wanted} {seed}\n")
            asked.flush()
            found: dict[str, Any] = json.loads(answers.readline() or '{"failed": "the harness has ended"}')
            if "failed" in found:
                raise RuntimeError(found["failed"])
            return found

        yield kill
