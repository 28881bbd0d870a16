"""The curve of a run that goes on or was stopped, what its parts cost together, and why energy is not known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lake.catalog import Lake
from pipelines.train import losses, runs
from pipelines.training import curve
from pipelines.training.energy import Meter

LINES = [
    {"step": 10, "loss": 3.0, "epoch": 0.1, "part": 1.0, "seconds": 4.0, "energy": 0.5},
    {"step": 20, "loss": 2.0, "epoch": 0.2, "part": 1.0, "seconds": 8.0, "energy": 1.0},
    {"step": 20, "loss": 1.9, "epoch": 0.2, "part": 2.0, "seconds": 3.0, "energy": 0.25},  # again, after a kill
    {"step": 25, "loss": 1.0, "epoch": 0.3, "part": 2.0, "seconds": 5.0, "energy": 0.5},
]


def test_the_later_loss_of_a_step_counts_and_the_mean_is_of_all_steps() -> None:
    found = curve.by_step(LINES)
    assert [(row["step"], row["loss"]) for row in found] == [(10, 3.0), (20, 1.9), (25, 1.0)]
    assert curve.mean_loss(found) == pytest.approx((10 * 3.0 + 10 * 1.9 + 5 * 1.0) / 25)
    assert curve.mean_loss([]) is None


def test_parts_are_paid_together() -> None:
    assert (curve.spent(LINES, "seconds"), curve.spent(LINES, "energy")) == (13.0, 1.5)
    unknown = [*LINES, {"step": 30, "loss": 1.0, "part": 3.0, "seconds": 1.0, "energy": None}]
    assert (curve.spent(unknown, "seconds"), curve.spent(unknown, "energy")) == (14.0, None)


def test_a_run_that_was_killed_is_listed_with_what_it_logged(lake: Lake) -> None:
    folder = lake.settings.home / "runs" / "0123456789abcdef"
    folder.mkdir(parents=True)
    job = {"run": folder.name, "subject": "half", "recipe": "tiny", "base": "m", "seed": 3, "backend": "trl"}
    (folder / "job.json").write_text(json.dumps(job))
    for line in LINES:
        curve.append(folder, line)
    with (folder / curve.FILE).open("a") as out:
        out.write('{"step": 30, "lo')  # killed while it wrote
    row = runs(lake)[0]
    assert (row["run"], row["status"], row["steps"], row["loss"]) == (
        folder.name,
        "unfinished",
        25,
        pytest.approx(2.16),
    )
    assert [point["step"] for point in losses(lake, folder.name)] == [10, 20, 25]


def test_energy_that_nothing_meters_says_why(tmp_path: Path) -> None:
    without = Meter([])
    assert (without.kwh(), without.reason) == (None, "no GPU was used, and nothing meters a CPU")
    absent = Meter(["GPU-1"], library=str(tmp_path / "nosuch.so"))
    assert absent.kwh() is None
    assert absent.reason.startswith("NVML does not say: ")
