"""What was chosen for slices and exports stays in the lake, so that both can be made again without saying it again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sample_rows import put

from lake.catalog import Lake
from lake.errors import UsageError
from lake.formats.base import Sample
from pipelines.curate import create_slice, get_slice, slice_datasets
from pipelines.export import export, export_again
from pipelines.exporting.choices import Choices, Kept, kept_exports
from pipelines.exporting.source import find_subject
from pipelines.slicing.held_items import ALLOW, LEAVE_OUT

SHORT = "select sample_id from samples where dataset = 'math' and length(instruction) <= 2"
EVERY = "select sample_id from samples where dataset = 'math'"


@pytest.fixture
def filled(lake: Lake) -> Lake:
    """Three samples of `math`, one of which asks what the benchmark `exam` asks."""
    put(lake, "math", [Sample("1?", "one"), Sample("2?", "two"), Sample("three?", "three")])
    put(lake, "exam", [Sample("2?", "two")], kind="benchmark")
    return lake


def questions(folder: Path) -> list[str]:
    return [json.loads(line)["instruction"] for line in (folder / "data.jsonl").read_text().splitlines()]


def test_every_export_of_a_slice_is_made_again_as_it_was_asked_for(filled: Lake, tmp_path: Path) -> None:
    create_slice(filled, "some", SHORT, benchmarks=LEAVE_OUT)
    export(filled, "some", to="jsonl", out=tmp_path / "lines")
    export(filled, "some", to="trl", out=tmp_path / "both")
    export(filled, "some", to="jsonl", out=tmp_path / "both", overwrite=True)  # the last one there counts
    create_slice(filled, "some", EVERY, replace=True, benchmarks=LEAVE_OUT)
    reports = export_again(filled, "some")
    assert [(r.format, r.path, r.rows) for r in reports] == [
        ("jsonl", str(tmp_path / "lines"), 2),
        ("jsonl", str(tmp_path / "both"), 2),
    ]
    assert questions(tmp_path / "lines") == ["1?", "three?"]
    assert filled.rows("select kind, count(*), count(choices) from exports group by 1") == [("slice", 5, 5)]


def test_choices_hold_again_and_permissions_only_for_what_they_were_given_for(filled: Lake, tmp_path: Path) -> None:
    create_slice(filled, "some", SHORT, benchmarks=ALLOW)
    export(filled, "some", to="jsonl", out=tmp_path / "all", benchmarks=ALLOW, allow_licence_conflicts=True)
    export(filled, "some", to="alpaca", out=tmp_path / "clean", benchmarks=LEAVE_OUT)
    assert [report.rows for report in export_again(filled, "some")] == [2, 1]
    create_slice(filled, "some", EVERY, replace=True, benchmarks=ALLOW)
    assert kept_exports(filled, find_subject(filled, "some", None)) == [
        Kept("jsonl", str(tmp_path / "all"), Choices()),
        Kept("alpaca", str(tmp_path / "clean"), Choices(benchmarks=LEAVE_OUT)),
    ]
    with pytest.raises(UsageError, match=r"The slice 'some' has 1 samples of benchmarks: exam \(1\)"):
        export_again(filled, "some")
    assert [report.rows for report in export_again(filled, "some", to="alpaca")] == [2]
    assert questions(tmp_path / "all") == ["1?", "2?"]


def test_a_dataset_is_exported_again_at_the_snapshot_that_was_named(filled: Lake, tmp_path: Path) -> None:
    then = filled.snapshot
    export(filled, "math", to="jsonl", out=tmp_path / "now", benchmarks=ALLOW)
    export(filled, "math", to="jsonl", out=tmp_path / "then", benchmarks=ALLOW, at=then)
    filled.transact(lambda c: c.execute("delete from samples where row_no = 0"), message="shrink")
    assert [report.rows for report in export_again(filled, "math")] == [2, 3]


def test_what_a_step_wrote_for_itself_is_not_made_again(filled: Lake, tmp_path: Path) -> None:
    export(filled, "math", to="jsonl", out=tmp_path / "out", benchmarks=ALLOW, own=True)
    assert filled.rows("select kind, choices is null from exports") == [("dataset", True)]
    with pytest.raises(UsageError, match="The lake remembers no export of the dataset 'math'"):
        export_again(filled, "math")
    export(filled, "math", to="jsonl", out=tmp_path / "two", benchmarks=ALLOW)
    with pytest.raises(UsageError, match="no export of the dataset 'math' to parquet") as caught:
        export_again(filled, "math", to="parquet")
    assert caught.value.hint == "It has jsonl. Say once how: oda export math --to FORMAT -o FOLDER"


def test_a_slice_says_what_it_was_made_of_and_by_which_recipe(filled: Lake, tmp_path: Path) -> None:
    put(filled, "more", [Sample("4?", "four")])
    create_slice(filled, "drawn", "random_sample", parameters={"seed": 1}, benchmarks=LEAVE_OUT)
    (tmp_path / "short.sql").write_text(SHORT)
    create_slice(filled, "file", tmp_path / "short.sql", benchmarks=ALLOW)
    create_slice(filled, "text", EVERY, benchmarks=LEAVE_OUT)
    made = {name: get_slice(filled, name) for name in ("drawn", "file", "text")}
    assert {name: (each.recipe, each.benchmarks) for name, each in made.items()} == {
        "drawn": ("random_sample", "leave_out"),
        "file": (str(tmp_path / "short.sql"), "allow"),
        "text": (None, "leave_out"),
    }
    assert slice_datasets(filled, "drawn") == {"math": 2, "more": 1}
