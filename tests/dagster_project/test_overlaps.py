"""Overlap as an asset: counts, relations and a heat map."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest
from project_runs import Outcome, Project, questions, write_rows

pytestmark = pytest.mark.slow


@pytest.mark.usefixtures("drawn")
def test_overlap_of_all_datasets(project: Project, tmp_path: Path) -> None:
    for name, rows in (("first", questions(20)), ("second", questions(12, first=4))):
        assert project.ingest(name, write_rows(tmp_path / f"{name}.jsonl", rows)).success
    job = project.definitions.resolve_implicit_global_asset_job_def()
    outcome = Outcome(
        job.execute_in_process(
            instance=project.instance,
            raise_on_error=False,
            asset_selection=[dg.AssetKey("dataset_overlaps")],
            run_config={"loggers": {"console": {"config": {"log_level": "ERROR"}}}},
        )
    )
    assert outcome.success, outcome.failures
    told = outcome.metadata["dataset_overlaps"]
    assert (told["datasets"], told["samples"], told["keyed"], told["current"]) == (2, 32, 32, False)
    assert "| letters | 1 |" in told["pairs"]
    assert "| second | first | inclusion | 0.9 | contained | ∅ |" in told["relations"]
    assert told["shares"].startswith("![share of the row's prompts found in the column](data:image/svg+xml;base64,")
    assert all(check.passed for check in outcome.checks.values())
    assert {"repeated_keys", "repeated_keys_by_dataset"} <= outcome.checks.keys()
