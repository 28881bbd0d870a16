"""Near-duplicates as an asset: what it tells, its pictures and its checks."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest
from project_runs import Outcome, Project, questions, write_rows

STORY = "the little boat went down the river past the mill and the old stone bridge to the sea where gulls cry"


@pytest.mark.usefixtures("drawn")
def test_near_duplicates_of_all_datasets(project: Project, tmp_path: Path) -> None:
    edited = STORY.replace("gulls cry", "gulls sing")
    first = [{"instruction": "Tell me.", "output": STORY}, *questions(5)]
    second = [{"instruction": "Tell me.", "output": edited}, {"instruction": "Tell me.", "output": STORY}]
    for name, rows in (("first", first), ("second", second)):
        assert project.ingest(name, write_rows(tmp_path / f"{name}.jsonl", rows)).success
    job = project.definitions.resolve_implicit_global_asset_job_def()
    outcome = Outcome(
        job.execute_in_process(
            instance=project.instance,
            raise_on_error=False,
            asset_selection=[dg.AssetKey("near_duplicates")],
            run_config={"loggers": {"console": {"config": {"log_level": "ERROR"}}}},
        )
    )
    assert outcome.success, outcome.failures
    told = outcome.metadata["near_duplicates"]
    assert (told["dagster/row_count"], told["compared"], told["pairs"]) == (2, 8, 1)
    assert told["flags"] == "second loses 100%: 2 of 2 samples"
    assert "| second | 2 | 2 | 1 | 1 | 0 | 0 | 1 |" in told["loss"]
    assert told["similarity"].startswith("![histogram of similarities](data:image/svg+xml;base64,")
    assert told["loss_plot"].startswith("![loss by dataset](data:image/svg+xml;base64,")
    checks = {name: check.passed for name, check in outcome.checks.items()}
    assert checks == {
        "near_duplicates_recall": True,
        "unfounded_near_duplicates": True,
        "giant_clusters": True,
        "heavy_dedup_loss": False,  # a warning: look before anything is excluded
        "repeated_keys": True,
        "repeated_keys_by_dataset": True,
    }
    assert project.rows("select dataset, reason from near_duplicates order by sample_id") == [
        ("second", "near"),
        ("second", "exact"),
    ]
