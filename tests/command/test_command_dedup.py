"""`oda dedup` and `oda dedup explain`: for people, for programs, and what they refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_process import Oda

from lake.identity import sample_id
from pipelines.command.terminal.side_by_side import lines

STORY = "the little boat went down the river past the mill and the old stone bridge to the sea where gulls cry"


@pytest.fixture(scope="module")
def tales(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with a story, an edit of it and a copy of it."""
    from pipelines.command.main import main

    folder = tmp_path_factory.mktemp("tales")
    texts = [STORY, STORY.replace("gulls cry", "gulls sing"), STORY.upper(), "something else"]
    path = folder / "tales.jsonl"
    path.write_text("".join(json.dumps({"instruction": "Tell me.", "output": text}) + "\n" for text in texts))
    home = folder / "home"
    assert main(["ingest", str(path), "--home", str(home), "--quiet"]) == 0
    assert main(["dedup", "--home", str(home), "--quiet"]) == 0
    return home


def test_the_report(oda: Oda, tales: Path) -> None:
    ran = oda("dedup", "--home", tales)
    assert ran.status == 0
    assert ran.out.splitlines()[2:4] == [
        "tales          4         2  50.0%      1     1      0                 2",
        "2 of 4 samples (50.0%) have a survivor in 1 cluster; 1 verified pair.",
    ]
    assert "oda dedup explain" in ran.err


def test_the_report_for_programs(oda: Oda, tales: Path) -> None:
    report = oda("dedup", "--json", "--home", tales).document
    assert (report["excluded"], report["pairs"], report["incremental"]) == (2, 1, True)
    assert report["loss"] == [
        {"dataset": "tales", "samples": 4, "excluded": 2, "exact": 1, "near": 1, "chain": 0, "inside": 2, "share": 0.5}
    ]


def test_a_plan_shows_the_chance_to_be_compared(oda: Oda, tales: Path) -> None:
    ran = oda("dedup", "--plan", "--threshold", "0.7", "--home", tales)
    assert "4 samples signed already, 0 to sign." in ran.out
    assert "16 bands of 7 rows; candidates: all samples against all." in ran.out
    assert "0.80           97.8%" in ran.out


def test_an_explanation(oda: Oda, tales: Path) -> None:
    first = sample_id(1, 0)
    ran = oda("dedup", "explain", str(first + 1), "--home", tales)
    assert ran.out.splitlines()[0] == f"{first} stands for {first + 1}: exact Jaccard index 0.900 of their shingles."
    parts = [line.split(" │ ") for line in ran.out.splitlines() if " │ " in line]
    left, right = ("".join("".join(part[side].split()) for part in parts) for side in (0, 1))
    assert left.endswith("wheregulls]sing")
    assert right.endswith("wheregulls]cry")
    told = oda("dedup", "explain", str(first + 1), "--json", "--home", tales).document
    assert (told["survivor_id"], told["reason"], len(told["pairs"])) == (first, "near", 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["dedup", "--view", "both"], "Unknown view 'both'"),
        (["dedup", "--threshold", "2"], "Invalid value for '--threshold': '2' is not a number from 0.3 to 1."),
        (["dedup", "explain", "7"], "There is no sample 7"),
        (["dedup", "explain", str(sample_id(1, 0)), "--view", "response"], "not sought yet"),
    ],
)
def test_what_is_refused(oda: Oda, tales: Path, arguments: list[str], message: str) -> None:
    ran = oda(*arguments, "--home", tales)
    assert ran.status == 2
    assert message in ran.err


def test_texts_side_by_side_lose_nothing() -> None:
    left, right = [("ab", True), ("cd\nef", False)], [("数据" * 10, False)]
    shown = lines([("x", left), ("y", right)], width=33, most=None, mark=lambda text: f"<{text}>")
    assert shown[0].split() == ["x", "│", "y"]
    assert shown[1].startswith("<ab>cd")
    assert shown[2].startswith("ef")
    assert [line.partition("│ ")[2] for line in shown[1:]] == ["数据" * 7 + "数", "据数据数据"]
    assert lines([("x", left), ("y", right)], width=33, most=1, mark=str)[-1] == "… 1 more lines (--full)"
