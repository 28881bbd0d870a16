"""Programs of their own that do the long work: started, followed by what they say, and their failures told."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Sequence
from typing import Any

Told = Callable[[dict[str, Any]], None]
"""Takes what a program says, an object of JSON a line."""

Launch = Callable[[Sequence[str], dict[str, str], Told], None]
"""Runs a command with more environment to its end and passes on what it says; raises where it fails."""

KEPT_LINES = 30


class ProgramFailed(Exception):  # noqa: N818 - it is the program that failed, and every step has its own error for it
    """A program ended with a status; its last line says why."""


def launched(
    command: Sequence[str], environment: dict[str, str], told: Told, heard: Callable[[str], object] | None = None
) -> None:
    """Run a command as a process of this one; raises ProgramFailed with its status and its last line.

    - heard: takes the lines that are for people.
    """
    last: list[str] = []
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env={**os.environ, **environment},
    ) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                said = object_of(line)
                if said is None:
                    last = [*last[-KEPT_LINES:], line]
                    if heard is not None:
                        heard(line)
                else:
                    told(said)
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        tail = "".join(last).strip().splitlines()
        raise ProgramFailed(f"status {process.returncode}: {tail[-1] if tail else 'it said nothing'}")


def object_of(line: str) -> dict[str, Any] | None:
    """What a line says; None for one that is for people."""
    if not line.startswith("{"):
        return None
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
