"""Scores: a selection of axes is one pass; the wide table and the profile follow."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from project_runs import Project, questions, write_rows

from dagster_project.axes import groups

AXES = sorted(axis for group in groups()[0] if group.folder == "scores" for axis in group.axes)


@pytest.fixture
def sums(project: Project, tmp_path: Path) -> Project:
    rows = [*questions(20), {"instruction": "ha ha", "output": "ha"}]
    project.put("sums", write_rows(tmp_path / "x.jsonl", [*rows, *rows[:5]]))
    return project


def commits(project: Project) -> list[str]:
    with project.lake() as lake:
        return [str(row["message"]) for row in reversed(lake.snapshots().to_pylist())]


def axes_scored(project: Project) -> list[tuple[Any, ...]]:
    return project.rows("select axis, count(*) from scores group by axis order by axis")


def test_a_selection_of_axes_is_scored_in_one_pass_and_nothing_else_is(sums: Project) -> None:
    before = len(commits(sums))
    outcome = sums.run("score", "sums", assets=["scores/hdd", "scores/mtld", "scores/str_length"])
    assert outcome.success
    assert sorted(outcome.metadata) == ["scores/hdd", "scores/mtld", "scores/str_length"]
    assert axes_scored(sums) == [("hdd", 26), ("mtld", 26), ("str_length", 26)]
    scoring = [message for message in commits(sums)[before:] if "scored" not in message and "wide" not in message]
    assert len(scoring) == 1, scoring


@pytest.mark.usefixtures("drawn")
def test_what_is_told_of_an_axis_is_short(sums: Project) -> None:
    run = sums.run("score", "sums", assets=["scores/str_length"])
    # No count of nothing, no status where all are ok, no version that is the asset's, no rows, no time, no picture.
    assert run.metadata["scores/str_length"] == {"dagster/row_count": 26, "coverage": 1.0, "scored": 26}
    (stored,) = sums.instance.all_logs(run.result.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
    assert len(dg.serialize_value(stored)) < 1_600  # event logs keep one of every axis of every dataset for ever


def test_what_an_axis_does_not_tell_stands_where_its_description_says(sums: Project) -> None:
    run = sums.run("score", "sums", assets=["scores/str_length", "scored"])
    said = sums.definitions.resolve_asset_graph().get(dg.AssetKey(["scores", "str_length"])).description or ""
    (query,) = re.findall(r'`oda sql "(.*)"`', said)
    assert sums.rows(query)[0] == ("sums", 2**32, 62, "ok")
    assert "The first of each dataset stand in `scored`" in said
    assert "| What follows 0, and why? | 62 |" in run.metadata["scored"]["preview"]
    logged = [event.user_message for event in sums.instance.all_logs(run.result.run_id)]
    assert any(
        re.match(r"21 samples measured in .* s, .* samples/s; snapshot \d+ of the lake", line) for line in logged
    )


def test_what_is_there_is_not_scored_again(sums: Project) -> None:
    sums.run("score", "sums", assets=["scores/mtld"])
    before = commits(sums)
    told = sums.run("score", "sums", assets=["scores/mtld"]).metadata["scores/mtld"]
    assert (told["scored"], told["skipped"]) == (0, 26)
    assert "reused" not in told
    assert "rows_per_second" not in told
    assert commits(sums) == before


def test_everything_at_once(sums: Project) -> None:
    outcome = sums.run("ingest_and_score", "sums")
    assert outcome.success
    assert sorted(outcome.metadata) == sorted(
        ["dataset_profile", "samples", "scored", *(f"scores/{axis}" for axis in AXES)]
    )
    assert outcome.metadata["scored"]["dagster/row_count"] == 26
    assert outcome.metadata["scored"]["axes"] == len(AXES)
    profile = outcome.metadata["dataset_profile"]
    mean = sums.rows("select avg(value::double) from scores where axis = 'str_length'")[0][0]
    assert profile["mean/str_length"] == pytest.approx(mean)
    assert profile["dagster/row_count"] == len(AXES)
    failed = {name for name, evaluation in outcome.checks.items() if not evaluation.passed}
    assert failed == {"many_exact_duplicates"}


def test_the_wide_table_is_rewritten_only_where_it_differs(sums: Project) -> None:
    sums.run("score", "sums", assets=["scores/mtld"])
    with sums.lake(read_only=False) as lake:
        lake.transact(lambda connection: connection.execute("delete from scored_axes"), message="lose the wide table")
    assert sums.run("score", "sums", assets=["scored"]).metadata["scored"]["rewritten"] is True
    assert sums.rows("select count(mtld) from scored") == sums.rows("select count(value) from scores")
    assert sums.run("score", "sums", assets=["scored"]).metadata["scored"]["rewritten"] is False


def test_scoring_what_is_not_in_the_lake_fails_with_its_name(sums: Project) -> None:
    outcome = sums.run("score", "sumz", assets=["scores/mtld"])
    assert outcome.failures["scores_heuristic"].startswith("Unknown dataset 'sumz'.\nDid you mean sums?")
