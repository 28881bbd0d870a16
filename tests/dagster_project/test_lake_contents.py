"""What the command line put into the lake shows in Dagster: partitions, and what is there of each asset."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from project_runs import Project, questions, write_rows

from dagster_project.resources import LakeResource
from pipelines.curate import create_slice
from pipelines.ingest import ingest
from pipelines.score import score


def tick(project: Project, cursor: str | None = None) -> Any:
    sensor = project.definitions.get_repository_def().get_sensor_def("lake_contents")
    context = dg.build_sensor_context(instance=project.instance, cursor=cursor, resources={"lake": LakeResource()})
    return sensor.evaluate_tick(context)


@pytest.fixture
def made_elsewhere(project: Project, tmp_path: Path) -> Project:
    with project.lake(read_only=False) as lake:
        for name in ("b", "a"):
            ingest(lake, write_rows(tmp_path / f"{name}.jsonl", questions(3)))
        score(lake, datasets=["a"], axes=["mtld", "str_length"])
        create_slice(lake, "s", "select sample_id from samples where dataset = 'a'")
    return project


def test_datasets_and_slices_become_partitions(made_elsewhere: Project) -> None:
    data = tick(made_elsewhere)
    added = {request.partitions_def_name: request.partition_keys for request in data.dynamic_partitions_requests}
    assert added == {"datasets": ["a", "b"], "slices": ["s"]}


def test_what_is_there_counts_as_materialised(made_elsewhere: Project) -> None:
    events = tick(made_elsewhere).asset_events
    found = {
        (event.asset_key.to_user_string(), event.partition): event.metadata["dagster/row_count"].value
        for event in events
    }
    assert found == {
        ("samples", "a"): 3,
        ("samples", "b"): 3,
        ("scores/mtld", "a"): 3,
        ("scores/str_length", "a"): 3,
        ("scored", "a"): 3,
        ("slices", "s"): 3,
    }


def test_what_dagster_made_itself_is_not_told_again(made_elsewhere: Project) -> None:
    assert made_elsewhere.run("ingest_and_score", "b").success
    found = {(event.asset_key.to_user_string(), event.partition) for event in tick(made_elsewhere).asset_events}
    assert {partition for _, partition in found} == {"a", "s"}


def test_the_same_snapshot_is_looked_at_once(made_elsewhere: Project) -> None:
    data = tick(made_elsewhere)
    again = tick(made_elsewhere, data.cursor)
    assert again.skip_message == f"Nothing new since snapshot {data.cursor}."


def test_partitions_with_a_run_under_way_are_left_to_it(made_elsewhere: Project) -> None:
    made_elsewhere.instance.create_run_for_job(
        made_elsewhere.definitions.resolve_job_def("score"),
        status=dg.DagsterRunStatus.STARTED,
        tags={"dagster/partition": "a"},
    )
    data = tick(made_elsewhere, "1")
    assert {event.partition for event in data.asset_events} == {"b", "s"}
    assert data.cursor == "1"


def test_without_a_lake_there_is_nothing_to_tell(project: Project, home: Path) -> None:
    shutil.rmtree(home)
    assert tick(project).skip_message == f"There is no lake in {home} yet."
    assert not home.exists()
