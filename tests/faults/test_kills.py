"""Each step killed in flight: old or new, the next run completes, nothing of others is touched."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from kill_steps import STEPS

# Twenty when `table.py` writes docs/reliability.md; every run of the tests draws others.
KILLS = 2

# Rows of a table that an undisturbed run leaves.
LEAVES = {
    "migrate": ("samples", 300),
    "ingest": ("samples", 600),
    "replace": ("samples", 190),
    "score": ("scores", 900),
    "embed": ("embeddings", 24),
    "dedup": ("signatures", 300),
    "slice": ("slice_members", 100),
    "export": ("exports", 2),
    "compact": ("samples", 490),
    "train_axis": ("samples", 300),
    "contents": ("rewards", 300),
    "overlap": ("dataset_overlaps", 12),
    "contamination": ("contamination_scans", 2),
    "lineage": ("lineage_edges", 1),
}


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("step", STEPS)
def test_killed_in_flight(step: str) -> None:
    seed = random.randrange(10**6)
    program = Path(__file__).with_name("kill_harness.py")
    done = subprocess.run(
        [sys.executable, str(program), step, "--kills", str(KILLS), "--seed", str(seed)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["faults"] == [], seed
    assert found["touched"] == [], seed
    assert (found["kills"], found["broken"], found["again"]) == (KILLS, 0, KILLS), seed
    rows = {part: count for part, count, _ in json.loads(found["expected"][0])}
    table, count = LEAVES[step]
    assert rows[table] == count
