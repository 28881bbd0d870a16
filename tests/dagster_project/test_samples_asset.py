"""The asset `samples`: where a partition's source comes from, what is told, what fails and how."""

from __future__ import annotations

from pathlib import Path

import pytest
from project_runs import Project, questions, write_rows

from lake.sources.description import Description
from pipelines.ingest import ingest


def test_a_source_given_in_the_run_becomes_samples(project: Project, tmp_path: Path) -> None:
    outcome = project.ingest(
        "sums", write_rows(tmp_path / "x.jsonl", [*questions(9), {"instruction": None, "output": None}])
    )
    assert outcome.success
    told = outcome.metadata["samples"]
    assert {name: told[name] for name in ("dagster/row_count", "rejected", "coverage", "status", "kind")} == {
        "dagster/row_count": 9,
        "rejected": 1,
        "coverage": 0.9,
        "status": "ingested",
        "kind": "train",
    }
    assert told["bytes"] == (tmp_path / "x.jsonl").stat().st_size
    assert told["seconds"] > 0
    assert told["rows_per_second"] == pytest.approx(10 / told["seconds"], rel=0.01)
    assert told["snapshot"] == project.rows("select max(snapshot_id) from lake.snapshots()")[0][0]
    assert "What follows 0, and why?" in told["preview"]
    assert project.rows("select dataset, rows, rejected from datasets") == [("sums", 9, 1)]


def test_an_unchanged_source_is_left_as_it_is(project: Project, tmp_path: Path) -> None:
    source = write_rows(tmp_path / "x.jsonl", questions(5))
    first = project.ingest("sums", source, kind="benchmark", mapping={"instruction": "instruction"})
    again = project.run("ingest_and_score", "sums", assets=["samples"])
    assert again.success
    assert again.metadata["samples"]["status"] == "unchanged"
    assert again.metadata["samples"]["kind"] == "benchmark"
    assert again.metadata["samples"]["snapshot"] == first.metadata["samples"]["snapshot"]
    assert "rows_per_second" not in again.metadata["samples"]


def test_what_flags_of_the_command_said_is_kept(project: Project, tmp_path: Path) -> None:
    source = write_rows(tmp_path / "x.jsonl", questions(5))
    (tmp_path / "x.yaml").write_text("license: MIT\n")
    with project.lake(read_only=False) as lake:
        ingest(lake, source, name="sums", kind="benchmark", description=Description(domains=["math"]))
    assert project.run("ingest_and_score", "sums", assets=["samples"]).metadata["samples"]["status"] == "unchanged"
    write_rows(source, questions(6))
    (tmp_path / "x.yaml").write_text("license: CC0\n")
    outcome = project.run("ingest_and_score", "sums", assets=["samples"])
    assert outcome.metadata["samples"]["status"] == "replaced"
    assert project.rows("select kind, domains, license, rows from datasets") == [("benchmark", ["math"], "CC0", 6)]


def test_a_partition_named_like_something_in_the_inbox_needs_no_config(project: Project, home: Path) -> None:
    write_rows(home / "inbox" / "my sums.jsonl", questions(4))
    outcome = project.run("ingest_and_score", "my-sums", assets=["samples"])
    assert outcome.metadata["samples"]["dagster/row_count"] == 4


def test_a_partition_from_nowhere_fails_with_the_way_out(project: Project) -> None:
    outcome = project.run("ingest_and_score", "nothing", assets=["samples"])
    assert not outcome.success
    assert outcome.failures["samples"].startswith("Nothing says where dataset 'nothing' comes from.\nGive `source`")
    assert outcome.metadata == {}


def test_a_broken_source_fails_with_file_and_place_and_leaves_the_lake_as_it_was(
    project: Project, tmp_path: Path
) -> None:
    source = tmp_path / "broken.json"
    source.write_text('[{"instruction": "a", "output": "b"}, {"instruction": "c" "output"')
    project.ingest("sums", write_rows(tmp_path / "x.jsonl", questions(3)))
    outcome = project.ingest("broken", source)
    assert not outcome.success
    assert "broken.json, byte " in outcome.failures["samples"]
    assert "Traceback" not in outcome.failures["samples"]
    assert project.rows("select dataset, rows from datasets") == [("sums", 3)]


def test_a_failing_source_stops_what_follows(project: Project, tmp_path: Path) -> None:
    outcome = project.run("ingest_and_score", "x", {"samples": {"source": str(tmp_path / "missing.jsonl")}})
    assert list(outcome.failures) == ["samples"]
    assert outcome.metadata == {}


def test_another_source_takes_the_place_only_when_asked(project: Project, tmp_path: Path) -> None:
    project.ingest("sums", write_rows(tmp_path / "x.jsonl", questions(3)))
    other = write_rows(tmp_path / "y.jsonl", questions(2))
    refused = project.ingest("sums", other)
    assert "There is already a dataset 'sums'" in refused.failures["samples"]
    assert project.ingest("sums", other, replace=True).metadata["samples"]["status"] == "replaced"
    assert project.rows("select rows from datasets") == [(2,)]


def test_links_out_of_a_folder_are_followed_when_asked_and_ever_after(project: Project, tmp_path: Path) -> None:
    write_rows(tmp_path / "folder" / "own.jsonl", questions(2))
    (tmp_path / "folder" / "other.jsonl").symlink_to(write_rows(tmp_path / "elsewhere.jsonl", questions(5)))
    told = project.ingest("sums", tmp_path / "folder").metadata["samples"]
    assert (told["dagster/row_count"], told["links_not_followed"]) == (2, 1)
    told = project.ingest("sums", tmp_path / "folder", follow_links=True).metadata["samples"]
    assert (told["dagster/row_count"], told["links_not_followed"]) == (7, 0)
    again = project.run("ingest_and_score", "sums", assets=["samples"]).metadata["samples"]
    assert (again["status"], again["dagster/row_count"]) == ("unchanged", 7)
