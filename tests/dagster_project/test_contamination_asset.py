"""Contamination as an asset, and what a slice with leaks may become."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest
from project_runs import Outcome, Project, questions, write_rows

from lake.catalog import Lake
from lake.rows import put
from lake.tables import EMBEDDINGS

pytestmark = pytest.mark.slow

ITEM = "A farmer keeps twelve brown goats in the valley and each of them gives three litres of milk a day; how much in a week?"


def embed(project: Project) -> None:
    """Vectors by hand: the first row of `sums` says what the item says, in other words."""
    vectors = {
        ("bench", 0): [1.0, 0.0],
        **{("sums", row): [0.1 if row else 0.95, 1.0 if row else 0.05] for row in range(7)},
    }
    with Lake.open(project.settings) as lake:
        ids = {(name, row): number for name, row, number in lake.rows("select dataset, row_no, sample_id from samples")}
        rows = [
            {"sample_id": ids[place], "dataset": place[0], "model": project.settings.embedding_model, "revision": "r", "vector": vector}
            for place, vector in vectors.items()
        ]  # fmt: skip
        lake.transact(lambda connection: put(connection, EMBEDDINGS, rows), message="embed")


def test_leaks_are_told_and_left_out(project: Project, tmp_path: Path, home: Path) -> None:
    leak = {"instruction": f"Dear all, {ITEM} Thanks!", "output": "252"}
    project.put("bench", write_rows(tmp_path / "b.jsonl", [{"instruction": ITEM, "output": "252"}]), kind="benchmark")
    project.put("sums", write_rows(tmp_path / "x.jsonl", [*questions(6), leak]))
    project.instance.add_dynamic_partitions("datasets", ["sums"])
    embed(project)
    outcome = Outcome(
        project.definitions.resolve_implicit_global_asset_job_def().execute_in_process(
            partition_key="sums",
            instance=project.instance,
            raise_on_error=False,
            asset_selection=[dg.AssetKey("contamination")],
            run_config={
                "ops": {"contamination": {"config": {"embeddings": True}}},
                "loggers": {"console": {"config": {"log_level": "ERROR"}}},
            },
        )
    )
    assert outcome.success, outcome.failures
    told = outcome.metadata["contamination"]
    assert (told["dagster/row_count"], told["items_hit"], told["worst"], told["compared"]) == (2, 1, 1.0, 7)
    assert "| sums | bench | 1 | 1 | 1 | 7 | 2 |" in told["benchmarks"]
    assert "embedding" in told["examples"]
    sql = "select sample_id from samples where dataset = 'sums'"
    refused = project.run("slice_and_export", "leaky", {"slices": {"sql": sql}, "exports": {}})
    assert not refused.success or "exports" not in refused.metadata
    clean = project.run("slice_and_export", "clean", {"slices": {"sql": sql, "decontaminate": True}, "exports": {}})
    assert clean.success, clean.failures
    assert (clean.metadata["slices"]["dagster/row_count"], clean.metadata["slices"]["left_out"]) == (5, 2)
    assert clean.metadata["exports"]["dagster/row_count"] == 5
