"""Slices and exports: from a query to files; a slice that holds benchmark items is never written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from project_runs import Outcome, Project, questions, write_rows

from pipelines.curate import create_slice
from pipelines.export import export
from pipelines.slicing.held_items import ALLOW

SHORT = "select sample_id from samples where dataset = 'sums' and length(instruction) <= 24"


@pytest.fixture
def sums(project: Project, tmp_path: Path) -> Project:
    project.put("sums", write_rows(tmp_path / "x.jsonl", questions(12)))
    return project


def curate(project: Project, name: str, slices: dict[str, Any] | None = None, **exports: Any) -> Outcome:
    return project.run("slice_and_export", name, {"slices": slices or {}, "exports": exports})


def test_a_query_becomes_a_slice_and_files(sums: Project, home: Path) -> None:
    outcome = curate(sums, "short", {"sql": SHORT})
    assert outcome.success
    told = outcome.metadata["slices"]
    assert (told["dagster/row_count"], told["coverage"]) == (10, pytest.approx(10 / 12))
    assert told["query"] == f"```sql\n{SHORT}\n```"
    assert told["datasets"] == "| dataset | count |\n| --- | --- |\n| sums | 10 |"
    assert "What follows 0, and why?" in told["preview"]
    assert all(check.passed for check in outcome.checks.values())
    written = outcome.metadata["exports"]
    folder = home / "exports" / "short" / "parquet"
    assert written["path"] == str(folder)
    assert (written["dagster/row_count"], written["skipped"], written["coverage"]) == (10, 0, 1.0)
    assert sum(pq.read_metadata(file).num_rows for file in folder.rglob("*.parquet")) == 10
    assert sums.rows("select subject, format, rows from exports") == [("short", "parquet", 10)]


def test_format_and_folder_are_given_in_the_run(sums: Project, tmp_path: Path) -> None:
    curate(sums, "short", {"sql": SHORT})
    out = tmp_path / "for training"
    outcome = sums.run("slice_and_export", "short", {"exports": {"to": "alpaca", "out": str(out)}}, assets=["exports"])
    assert outcome.success
    assert sums.rows("select path, rows from exports where format = 'alpaca'") == [(str(out), 10)]
    assert outcome.metadata["exports"]["path"] == str(out)
    assert len(list(out.iterdir())) > 1


def test_a_slice_is_made_again_from_its_own_query(sums: Project, tmp_path: Path) -> None:
    sql = "-- parameter most: integer | longest instruction\n" + SHORT.replace("24", "$most")
    first = curate(sums, "short", {"sql": sql, "parameters": {"most": "24"}})
    assert first.metadata["slices"]["parameters"] == '{"most": 24}'
    write_rows(tmp_path / "x.jsonl", questions(8))
    assert sums.run("ingest_and_score", "sums", assets=["samples"]).success
    again = curate(sums, "short")
    assert again.metadata["slices"]["dagster/row_count"] == 8
    assert again.metadata["slices"]["parameters"] == '{"most": 24}'


def test_a_recipe_is_a_query_and_stays_known_when_the_slice_is_made_again(sums: Project) -> None:
    config = {"sql": "stratified_sample", "parameters": {"rows": "3", "seed": "7"}, "decontaminate": True}
    told = curate(sums, "few", config).metadata["slices"]
    assert (told["dagster/row_count"], told["recipe"], told["benchmark_items"]) == (3, "stratified_sample", "leave_out")
    again = curate(sums, "few", {"parameters": {"rows": "2"}}).metadata["slices"]
    assert (again["dagster/row_count"], again["recipe"], again["benchmark_items"]) == (
        2, "stratified_sample", "leave_out",
    )  # fmt: skip


def test_a_run_that_says_nothing_makes_the_exports_the_lake_remembers(sums: Project, tmp_path: Path) -> None:
    with sums.lake(read_only=False) as lake:
        create_slice(lake, "short", SHORT)
        for to in ("alpaca", "jsonl"):
            export(lake, "short", to=to, out=tmp_path / to)
    again = curate(sums, "short", {"sql": SHORT.replace("24", "25")})
    assert again.failures == {}
    assert sums.rows("select format, path, rows from exports order by created") == [
        ("alpaca", str(tmp_path / "alpaca"), 10), ("jsonl", str(tmp_path / "jsonl"), 10),
        ("alpaca", str(tmp_path / "alpaca"), 12), ("jsonl", str(tmp_path / "jsonl"), 12),
    ]  # fmt: skip
    named = sums.run("slice_and_export", "short", {"exports": {"to": "alpaca"}}, assets=["exports"])
    assert named.metadata["exports"]["path"] == str(tmp_path / "alpaca")
    assert sums.rows("select count(*) from exports") == [(5,)]


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({}, "There is no slice 'bad' yet, and the run's config has no query."),
        ({"sql": "delete from samples"}, "The query of slice 'bad' must be one select"),
        ({"sql": "select nothing from samples"}, "The query of slice 'bad' does not run"),
    ],
)
def test_a_wrong_query_fails_with_the_reason(sums: Project, config: dict[str, Any], said: str) -> None:
    outcome = curate(sums, "bad", config)
    assert outcome.failures["slices"].startswith(said)
    assert "exports" not in outcome.metadata


def test_a_slice_that_leaks_a_benchmark_is_not_written(sums: Project, tmp_path: Path, home: Path) -> None:
    benchmark = write_rows(
        tmp_path / "b.jsonl",
        [{"instruction": " what FOLLOWS 3, and why?", "output": "4"}, {"instruction": "Else?", "output": "No."}],
    )
    sums.put("exam", benchmark, kind="benchmark")
    outcome = curate(sums, "short", {"sql": SHORT})
    assert not outcome.success
    assert list(outcome.metadata) == ["slices"]
    leak = outcome.checks["benchmark_leaks"]
    assert not leak.passed
    assert leak.metadata["offending"].value == 1
    assert "What follows 3, and why?" in str(leak.metadata["rows"].value)
    assert not (home / "exports").exists()
    # Nor is it written by a later run that leaves the slice as it is.
    alone = sums.run("slice_and_export", "short", assets=["exports"])
    assert alone.failures["exports"].startswith("'short' is blocked by the audit benchmark_leaks: 1 rows offend.")
    assert not (home / "exports").exists()


def test_without_the_leak_it_is_written(sums: Project, tmp_path: Path) -> None:
    benchmark = write_rows(tmp_path / "b.jsonl", [{"instruction": "What follows 3, and why?", "output": "4"}])
    sums.put("exam", benchmark, kind="benchmark")
    clean = SHORT + " and instruction_id not in (select instruction_id from samples where dataset = 'exam')"
    outcome = curate(sums, "short", {"sql": clean})
    assert outcome.success
    assert outcome.metadata["exports"]["dagster/row_count"] == 9


def test_a_leaky_slice_is_held_back_while_another_of_the_run_is_written(
    sums: Project, tmp_path: Path, home: Path
) -> None:
    benchmark = write_rows(tmp_path / "b.jsonl", [{"instruction": "What follows 3, and why?", "output": "4"}])
    sums.put("exam", benchmark, kind="benchmark")
    with sums.lake(read_only=False) as lake:
        create_slice(lake, "clean", "select sample_id from samples where dataset = 'sums' and row_no > 5")
        create_slice(
            lake, "leaky", "select sample_id from samples where dataset = 'sums' and row_no = 3", benchmarks=ALLOW
        )
    both = sums.run_over("slice_and_export", ["clean", "leaky"], assets=["slices", "exports"])
    assert not both.success
    assert both.partitions == {"slices": ["clean", "leaky"], "exports": ["clean"]}
    assert both.failures == {"slices": "1 of 2 partitions:\nleaky: held back by benchmark_leaks"}
    leak = both.checks["benchmark_leaks", "leaky"]
    assert both.checks["benchmark_leaks", "clean"].passed
    assert not leak.passed
    assert "decontaminate" in (leak.description or "")
    assert "exam" in str(leak.metadata["rows"].value)
    assert sorted(path.name for path in (home / "exports").iterdir()) == ["clean"]
