"""Audits as checks: planted rows make them fail with what offends; grave ones stop what is downstream."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log.base import PartitionKeyFilter
from project_runs import Project, questions, write_rows


@pytest.fixture
def sums(project: Project, tmp_path: Path) -> Project:
    project.put("sums", write_rows(tmp_path / "x.jsonl", questions(4)))
    return project


def plant(project: Project, sql: str) -> None:
    with project.lake(read_only=False) as lake:
        lake.transact(lambda connection: connection.execute(sql), message="plant a fault")


def test_a_grave_fault_in_samples_stops_scoring(sums: Project) -> None:
    plant(sums, "insert into samples select * replace (9 as row_no) from samples where row_no = 3")
    outcome = sums.run("ingest_and_score", "sums")
    assert not outcome.success
    assert list(outcome.metadata) == ["samples"]
    check = outcome.checks["faulty_sample_ids"]
    assert (check.passed, check.severity, check.blocking) == (False, dg.AssetCheckSeverity.ERROR, True)
    assert check.metadata["offending"].value == 2
    assert check.metadata["audits"].value == "duplicate_sample_ids: 1; misnumbered_samples: 1"
    assert str(2**32 + 3) in str(check.metadata["rows/duplicate_sample_ids"].value)
    assert (check.description or "").startswith("1 found: one row per sample id of the dataset that more than one")
    assert {name for name, found in outcome.checks.items() if not found.passed} == {
        "faulty_sample_ids",
        "many_exact_duplicates",
        "faulty_datasets",
        "repeated_keys_by_dataset",
        "lost_rows",
    }
    shared = outcome.checks["repeated_keys_by_dataset"]
    assert shared.metadata["audits"].value == "repeated_samples: 1; repeated_rejects: 0"
    assert shared.description == (
        "1 found: one row per sample_id that more than one row of samples has. "
        "Remove exact doubles with: oda doctor --repair."
    )
    assert outcome.checks["repeated_keys"].metadata["audits"].value == (
        "repeated_datasets: 0; repeated_datasets_by_dataset_no: 0; repeated_sequences: 0; repeated_schema_migrations: 0"
    )


def test_a_warning_stops_nothing_and_tells_its_threshold(project: Project, tmp_path: Path) -> None:
    rows = [*questions(20), *questions(4)]
    outcome = project.ingest("sums", write_rows(tmp_path / "x.jsonl", rows))
    assert outcome.success
    check = outcome.checks["many_exact_duplicates"]
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert check.metadata["allowed"].value == 0.05
    assert "| sums | 24 | 4 | 0.1667 |" in str(check.metadata["rows"].value)


def test_faults_in_scores_are_found(sums: Project) -> None:
    assert sums.run("score", "sums", assets=["scores/str_length"]).success
    plant(
        sums,
        "insert into scores values "
        f"({2**32}, 'sums', 'str_length', '1', -5, 'ok', null), "
        f"({2**32 + 77}, 'sums', 'str_length', '1', null, 'ok', null)",
    )
    checks = sums.run("score", "sums", assets=["scored"]).checks
    offending = {name: found.metadata["offending"].value for name, found in checks.items() if not found.passed}
    assert offending == {
        "repeated_keys_by_dataset": 1,
        "faulty_scores": 3,
    }
    told = {name: value.value for name, value in checks["faulty_scores"].metadata.items()}
    assert told["audits"] == "scores_without_sample: 1; unexplained_scores: 1; values_out_of_range: 1"
    assert "| str\\_length | -5 | 0 |" in str(told["rows/values_out_of_range"])


def test_checks_run_by_themselves_look_at_every_dataset(sums: Project, tmp_path: Path) -> None:
    sums.put("more", write_rows(tmp_path / "y.jsonl", questions(3, first=50)))
    plant(sums, "delete from samples where dataset = 'more' and row_no = 1")
    keys = [dg.AssetCheckKey(dg.AssetKey("samples"), name) for name in ("lost_rows", "many_rejects")]
    job = dg.define_asset_job("look", selection=dg.AssetSelection.checks(*keys))
    look = dg.Definitions.merge(sums.definitions, dg.Definitions(jobs=[job])).resolve_job_def("look")
    outcome = look.execute_in_process(instance=sums.instance)
    found = {(each.check_name, each.partition): each for each in outcome.get_asset_check_evaluations()}
    assert {key: each.passed for key, each in found.items()} == {
        ("lost_rows", "sums"): True,
        ("lost_rows", "more"): False,
        ("many_rejects", "sums"): True,
        ("many_rejects", "more"): True,
    }
    lost = found["lost_rows", "more"]
    assert "| more | 1 | 1 | 1 |" in str(lost.metadata["rows"].value)
    assert (lost.description or "").startswith("1 found: one row per run of row numbers of the dataset")


BEHIND = 2**32 + 1000
"""An id of the dataset that no sample has; tables are rewritten over all ids from the first to the last."""


def test_a_red_check_stays_red_until_its_own_dataset_passes(sums: Project, tmp_path: Path) -> None:
    sums.put("more", write_rows(tmp_path / "y.jsonl", questions(3, first=50)))
    plant(sums, f"insert into scores values ({BEHIND}, 'sums', 'str_length', '1', 3, 'ok', null)")
    assets = ["scores/str_length", "scored"]
    sums.run_over("score", ["sums", "more"], assets=assets)
    key = dg.AssetCheckKey(dg.AssetKey("scored"), "faulty_scores")

    def status(partition: str) -> str:
        storage = sums.instance.event_log_storage
        (last,) = storage.get_asset_check_execution_history(
            key, limit=1, partition_filter=PartitionKeyFilter(key=partition)
        )
        return last.status.name

    assert (status("sums"), status("more")) == ("FAILED", "SUCCEEDED")
    sums.run("score", "more", assets=assets)
    assert status("sums") == "FAILED"
    plant(sums, f"delete from scores where sample_id = {BEHIND}")
    sums.run("score", "sums", assets=assets)
    assert status("sums") == "SUCCEEDED"
