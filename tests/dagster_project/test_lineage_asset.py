"""Lineage as an asset: verdicts, licences, the graph as a picture, and its checks."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest
from project_runs import Outcome, Project, questions, write_rows

from lake.catalog import Lake

pytestmark = pytest.mark.slow


@pytest.mark.usefixtures("drawn")
def test_lineage_of_all_datasets(project: Project, tmp_path: Path) -> None:
    for name, rows in (("first", questions(20)), ("second", questions(12, first=4))):
        assert project.ingest(name, write_rows(tmp_path / f"{name}.jsonl", rows)).success
    with Lake.open(project.settings) as lake:
        lake.transact(
            lambda connection: connection.execute(
                "update datasets set license = if(dataset = 'first', 'cc-by-nc-4.0', 'mit'), "
                "card = if(dataset = 'first', 'Rows taken from https://huggingface.co/datasets/acme/old.', null)"
            ),
            message="describe",
        )
    job = project.definitions.resolve_implicit_global_asset_job_def()
    outcome = Outcome(
        job.execute_in_process(
            instance=project.instance,
            raise_on_error=False,
            asset_selection=[dg.AssetKey("dataset_overlaps"), dg.AssetKey("dataset_lineage")],
            run_config={"loggers": {"console": {"config": {"log_level": "ERROR"}}}},
        )
    )
    assert outcome.success, outcome.failures
    told = outcome.metadata["dataset_lineage"]
    assert (told["datasets"], told["outside"], told["depth"], told["current"]) == (2, 1, 2, False)
    assert "| second | first | inclusion | measured only |" in told["edges"]
    assert "non-commercial use" in told["conflicts"].replace("\\", "")
    assert told["graph"].startswith("![lineage of datasets](data:image/svg+xml;base64,")
    failed = {check.check_name for check in outcome.checks.values() if not check.passed}
    assert failed == {"conflicting_licences"}
