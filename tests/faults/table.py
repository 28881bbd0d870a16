"""Kills every step and writes what came of it into docs/reliability.md: python tests/faults/table.py"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from kill_program import Kill, harness
from kill_steps import STEPS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- kills -->\n", "<!-- /kills -->\n"


def row(kill: Kill, step: str, kills: int) -> str:
    """The row of a step; raises when anything was lost."""
    found = kill(step, kills, 0)
    if found["faults"]:
        raise SystemExit(json.dumps(found, indent=2))
    counts = [found[name] for name in ("kills", "old", "between", "new", "broken", "again")]
    return f"| {step} | {' | '.join(map(str, (*counts, len(found['touched']))))} |\n"


def main() -> None:
    """Write the table."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    head = "| step | kills in flight | old | whole commits between | new | broken | rerun equals undisturbed | foreign files touched |\n"
    with harness() as kill:
        table = head + "|---|---|---|---|---|---|---|---|\n" + "".join(row(kill, step, kills) for step in STEPS)
    before, _, rest = PAGE.read_text().partition(BEGIN)
    PAGE.write_text(before + BEGIN + table + END + rest.partition(END)[2])


if __name__ == "__main__":
    main()
