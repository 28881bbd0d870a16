"""From a slice to a row of the leaderboard in one run of Dagster, with a real training and evaluation."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest
from project_runs import Outcome, Project

from examples.digits.run import prepare
from examples.digits.task import BENCHMARK, CLEAN, Sizes
from pipelines.curate import create_slice

pytestmark = pytest.mark.slow

SMALL = Sizes(test=40, clean=200)


@pytest.mark.timeout(1500)
def test_a_slice_becomes_a_row_of_the_leaderboard(project: Project, tmp_path: Path) -> None:
    with project.lake(read_only=False) as lake:
        base = prepare(lake, tmp_path / "data", SMALL, (CLEAN,))
        create_slice(lake, "half", f"select sample_id from samples where dataset = '{CLEAN}' and row_no < 100")
    project.instance.add_dynamic_partitions("slices", ["half"])
    training = f"tiny from {base}"
    project.instance.add_dynamic_partitions("trainings", [training])
    job = project.definitions.resolve_job_def("slice_to_leaderboard")
    config = {
        "trainings": {"seeds": [1], "settings": {"max_steps": "4"}},
        "evaluations": {
            "benchmarks": [BENCHMARK],
            "longest": 8,
            "decoding": "do_sample=true,temperature=0.7",
            "repeats": 2,
        },
    }
    outcome = Outcome(
        job.execute_in_process(
            partition_key=dg.MultiPartitionKey({"slice": "half", "training": training}),
            instance=project.instance,
            raise_on_error=False,
            run_config={
                "ops": {step: {"config": values} for step, values in config.items()},
                "loggers": {"console": {"config": {"log_level": "ERROR"}}},
            },
        )
    )
    assert outcome.success, outcome.failures
    told = outcome.metadata
    assert (told["trainings"]["dagster/row_count"], told["trainings"]["known"]) == (100, 0)
    assert told["evaluations"]["models"] == 2  # the one trained and the base model
    # What the programs say shows in the run while they work: steps of the training, tasks of both evaluations.
    logged = [entry.user_message for entry in project.instance.all_logs(outcome.result.run_id)]
    assert sum(line.startswith("step 4 of 4: loss ") for line in logged) == 1
    assert sum(line.startswith(f"{BENCHMARK}, evaluation 2 of 2: exact_match ") for line in logged) == 2
    assert project.rows("select count(distinct run), list(distinct repeat order by repeat) from evaluations") == [
        (2, [0, 1])
    ]
    assert f"{base} tiny" in told["leaderboard"]
    assert "half" in str(told["leaderboard"][f"{base} tiny"])
    assert project.rows("select subject, seed, steps from training_runs where role = 'trained' order by seed") == [
        ("half", 1, 4)
    ]
    assert all(check.passed for check in outcome.checks.values())
