"""The curve of a run while it goes on: what its program logged, in a file of its folder, a step a line.

A run that was killed keeps it; one that goes on from a checkpoint says again the steps behind that.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

FILE = "losses.jsonl"

LOSS = ("step", "epoch", "loss", "learning_rate", "grad_norm")
"""What is kept of a step; besides, a line has the part of the run it belongs to, its seconds and its energy in kWh."""


def append(folder: Path, line: dict[str, Any]) -> None:
    """Put a logged step at the end of the file."""
    with (folder / FILE).open("a", encoding="utf-8") as out:
        out.write(json.dumps(line) + "\n")


def read(folder: Path) -> list[dict[str, Any]]:
    """The lines of a run's file, in the order they were written; a line cut by a kill is left out."""
    try:
        lines = (folder / FILE).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    found = []
    for line in lines:
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found


def by_step(lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The losses by step; of a step that was said twice the later one."""
    known = {int(line["step"]): {name: line.get(name) for name in LOSS} for line in lines}
    return [known[step] for step in sorted(known)]


def mean_loss(losses: Sequence[dict[str, Any]]) -> float | None:
    """The mean loss of all steps: a logged loss is the mean of the steps since the one before."""
    total, before = 0.0, 0
    for line in losses:
        total += float(line["loss"]) * (int(line["step"]) - before)
        before = int(line["step"])
    return total / before if before else None


def spent(lines: Sequence[dict[str, Any]], name: str) -> float | None:
    """Seconds or energy of all parts of a run together; None where a part does not know it."""
    parts: dict[Any, float | None] = {}
    for line in lines:
        parts[line.get("part")] = line.get(name)
    known = [value for value in parts.values() if value is not None]
    return sum(known) if known and len(known) == len(parts) else None
