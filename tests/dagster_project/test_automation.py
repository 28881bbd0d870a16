"""What follows by itself once automation is turned on, told without running anything."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest
from project_runs import Project, questions, write_rows

pytestmark = pytest.mark.slow


def asked_for(project: Project, cursor: object = None) -> tuple[set[tuple[str, str | None]], object]:
    """Assets and partitions that automation would materialise now."""
    names = ("all_samples", "near_duplicates", "contamination", "scored")
    selection = dg.AssetSelection.assets(["scores", "mtld"], *names)
    result = dg.evaluate_automation_conditions(
        project.definitions, project.instance, asset_selection=selection, cursor=cursor
    )
    found = {
        (each.key.to_user_string(), partition)
        for each in result.results
        for partition in (
            result.get_requested_partitions(each.key)
            if project.definitions.resolve_asset_graph().get(each.key).is_partitioned
            else ({None} if result.get_num_requested(each.key) else set())
        )
    }
    return found, result.cursor


def test_a_new_dataset_is_scored_and_compared_once(project: Project, tmp_path: Path) -> None:
    first, cursor = asked_for(project)
    assert first == set()
    assert project.ingest("sums", write_rows(tmp_path / "x.jsonl", questions(3))).success
    second, cursor = asked_for(project, cursor)
    assert {
        ("scores/mtld", "sums"),
        ("contamination", "sums"),
        ("all_samples", None),
        ("near_duplicates", None),
    } <= second
    third, _ = asked_for(project, cursor)
    assert third == set()


def test_it_is_off_until_turned_on_and_asks_no_judge(definitions: dg.Definitions) -> None:
    sensor = definitions.get_repository_def().get_sensor_def("automation")
    assert sensor.default_status == dg.DefaultSensorStatus.STOPPED
    graph = definitions.resolve_asset_graph()
    keys = sensor.asset_selection.resolve(graph)  # type: ignore[union-attr]
    assert dg.AssetKey(["scores", "mtld"]) in keys
    assert not {key for key in keys if graph.get(key).group_name in ("judges", "scores_on_request")}
