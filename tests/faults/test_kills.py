"""Each step killed in flight: old or new, the next run completes, nothing of others is touched."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator

import pytest
from kill_program import Kill, harness
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


@pytest.fixture(scope="module")
def kill() -> Iterator[Kill]:
    """The harness, with everything loaded."""
    with harness() as started:
        yield started


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("step", STEPS)
def test_killed_in_flight(step: str, kill: Kill) -> None:
    seed = random.randrange(10**6)
    found = kill(step, KILLS, seed)
    assert found["faults"] == [], seed
    assert found["touched"] == [], seed
    assert (found["kills"], found["broken"], found["again"]) == (KILLS, 0, KILLS), seed
    rows = {part: count for part, count, _ in json.loads(found["expected"][0])}
    table, count = LEAVES[step]
    assert rows[table] == count
