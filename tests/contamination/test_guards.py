"""Benchmark items in slices and exports: refused, left out with the reason, or let through knowingly."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scoring_lake import fill

from lake.catalog import Lake
from lake.errors import UsageError
from pipelines.contamination import contamination
from pipelines.curate import create_slice, slice_members, verify_slice
from pipelines.export import export
from pipelines.ingest import ingest
from pipelines.slicing.held_items import ALLOW, LEAVE_OUT, choice

ITEM = "A farmer keeps twelve brown goats in the valley and each of them gives three litres of milk a day; how much is it in a week?"
ALL = "select sample_id from samples"
TRAIN = "select sample_id from samples where dataset = 'train'"


@pytest.fixture
def leaky(lake: Lake) -> dict[str, list[int]]:
    items = fill(lake, "bench", [(ITEM, "252"), ("What colour is the sky over Mars?", "butterscotch")])
    lake.transact(lambda c: c.execute("update datasets set kind = 'benchmark' where dataset = 'bench'"), message="kind")
    train = fill(
        lake,
        "train",
        [("Say hello.", "Hello."), ("what colour is the  sky over mars?", "red"), (f"Dear all, {ITEM} Thanks!", "252")],
        number=2,
    )
    contamination(lake)
    return {"bench": items, "train": train}


def test_slices_refuse_what_is_asks_or_holds_a_benchmark_item(lake: Lake, leaky: dict[str, list[int]]) -> None:
    with pytest.raises(
        UsageError, match=r"The slice 'all' has 4 samples of benchmarks: bench \(4\); 2 of them is a benchmark"
    ) as caught:
        create_slice(lake, "all", ALL)
    assert "--decontaminate" in caught.value.hint
    assert lake.rows("select count(*) from slices") == [(0,)]
    with pytest.raises(UsageError, match="1 of them asks what a benchmark item asks, 1 of them holds a benchmark item"):
        create_slice(lake, "train_only", TRAIN)


def test_what_is_left_out_is_kept_with_its_reason_and_the_slice_can_be_verified(
    lake: Lake, leaky: dict[str, list[int]], tmp_path: Path
) -> None:
    report = create_slice(lake, "clean", ALL, benchmarks=LEAVE_OUT)
    assert report.rows == 1
    assert report.left_out == {
        "is a benchmark item": 2,
        "asks what a benchmark item asks": 1,
        "holds a benchmark item": 1,
    }
    assert slice_members(lake, "clean")["sample_id"].to_pylist() == [leaky["train"][0]]
    assert lake.rows(
        "select sample_id, dataset, benchmarks, reason from slice_exclusions where dataset = 'train' order by 1"
    ) == [
        (leaky["train"][1], "train", ["bench"], "asks what a benchmark item asks"),
        (leaky["train"][2], "train", ["bench"], "holds a benchmark item"),
    ]
    assert verify_slice(lake, "clean").identical
    assert export(lake, "clean", to="jsonl", out=tmp_path / "out").rows == 1
    create_slice(lake, "clean", TRAIN + " limit 1", replace=True)
    assert lake.rows("select count(*) from slice_exclusions") == [(0,)]


def test_who_says_yes_gets_them_with_a_warning(lake: Lake, leaky: dict[str, list[int]], tmp_path: Path) -> None:
    report = create_slice(lake, "all", ALL, benchmarks=ALLOW)
    assert report.rows == 5
    assert "has 4 samples of benchmarks" in report.warnings[-1]
    with pytest.raises(UsageError, match=r"The slice 'all' has 4 samples of benchmarks"):
        export(lake, "all", to="jsonl", out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert export(lake, "all", to="jsonl", out=tmp_path / "out", benchmarks=ALLOW).rows == 5


def test_exports_of_datasets(lake: Lake, leaky: dict[str, list[int]], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="The dataset 'bench' has 2 samples of benchmarks"):
        export(lake, "bench", to="jsonl", out=tmp_path / "a")
    with pytest.raises(UsageError, match="There is nothing to export: all of the dataset 'bench' was left out"):
        export(lake, "bench", to="jsonl", out=tmp_path / "a", benchmarks=LEAVE_OUT)
    report = export(lake, "train", to="jsonl", out=tmp_path / "b", benchmarks=LEAVE_OUT)
    assert (report.rows, sum(report.left_out.values())) == (1, 2)
    listed = [json.loads(line) for line in (tmp_path / "b" / "left_out.jsonl").read_text().splitlines()]
    assert [(row["sample_id"], row["reason"]) for row in listed] == [
        (leaky["train"][1], "asks what a benchmark item asks"),
        (leaky["train"][2], "holds a benchmark item"),
    ]
    manifest = json.loads((tmp_path / "b" / "manifest.json").read_text())
    assert manifest["left_out"]["rows"] == 2
    assert "left_out.jsonl" in {file["file"] for file in manifest["files"]}


def test_two_answers_to_one_question_are_refused() -> None:
    with pytest.raises(UsageError, match="--decontaminate has no effect with --allow-benchmarks"):
        choice(decontaminate=True, allow_benchmarks=True)


def test_what_looks_like_a_benchmark_is_not_taken_for_training_data_without_a_word(lake: Lake, tmp_path: Path) -> None:
    rows = [
        {"instruction": f"How much is {n} and {n + 1} taken together?", "output": str(2 * n + 1)} for n in range(20)
    ]
    place = tmp_path / "benchmarks" / "sums.jsonl"
    place.parent.mkdir()
    place.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert ingest(lake, place, name="known", kind="benchmark").remarks == ()
    (in_folder, has_items) = ingest(lake, place, name="taken").remarks
    assert in_folder.startswith("taken lies in a folder called benchmarks and was taken for training data.")
    assert has_items.startswith("taken has 20 of the 20 items of the benchmark known among its 20 prompts.")
    elsewhere = tmp_path / "x.jsonl"
    elsewhere.write_text(json.dumps({"instruction": "Say hello.", "output": "Hello."}) + "\n")
    assert ingest(lake, elsewhere).remarks == ()
