"""What others put into the lake shows in Dagster: partitions, what is there of each asset, and what is stale."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.data_version import CachingStaleStatusResolver, StaleStatus
from dagster._core.event_api import PartitionKeyFilter
from dagster._core.loader import LoadingContextForTest
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from project_runs import Project, questions, write_rows

from benchmarks.looks import change, fill, look, statements
from dagster_project import sync
from pipelines.contamination import contamination
from pipelines.curate import create_slice
from pipelines.dedup import dedup
from pipelines.ingest import drop_dataset, ingest
from pipelines.overlap import overlap
from pipelines.score import score
from pipelines.scoring.wide import refresh_scored


def tick(project: Project, cursor: str | None = None) -> Any:
    """One look of the sensor."""
    return look(project.definitions, project.instance, cursor)


def told(project: Project, *assets: str) -> dict[tuple[str, str | None], int]:
    """Rows of the last materialisation of each partition."""
    found = {}
    for asset in assets:
        records = project.instance.fetch_materializations(dg.AssetKey.from_user_string(asset), limit=50).records
        for record in reversed(records):
            event = record.asset_materialization
            assert event is not None
            found[asset, event.partition] = event.metadata["dagster/row_count"].value
    return found


def stale(project: Project, *assets: str, partition: str | None) -> list[str]:
    """Those of the assets that Dagster takes to be out of date."""
    graph = project.definitions.resolve_asset_graph()
    resolver = CachingStaleStatusResolver(project.instance, graph, LoadingContextForTest(project.instance))
    statuses = {asset: resolver.get_status(dg.AssetKey.from_user_string(asset), partition) for asset in assets}
    return [asset for asset, status in statuses.items() if status == StaleStatus.STALE]


ASSETS = ("samples", "scores/mtld", "scores/str_length", "scored", "dataset_profile", "slices")


@pytest.fixture
def made_elsewhere(project: Project, tmp_path: Path) -> Project:
    with project.lake(read_only=False) as lake:
        for name in ("b", "a"):
            ingest(lake, write_rows(tmp_path / f"{name}.jsonl", questions(3)))
        score(lake, datasets=["a"], axes=["mtld", "str_length"])
        create_slice(lake, "s", "select sample_id from samples where dataset = 'a'")
    return project


def test_what_is_there_shows_as_partitions_and_materialised(made_elsewhere: Project) -> None:
    data = tick(made_elsewhere)
    assert made_elsewhere.instance.get_dynamic_partitions("datasets") == ["a", "b"]
    assert made_elsewhere.instance.get_dynamic_partitions("slices") == ["s"]
    assert told(made_elsewhere, *ASSETS) == {
        ("samples", "a"): 3,
        ("samples", "b"): 3,
        ("scores/mtld", "a"): 3,
        ("scores/str_length", "a"): 3,
        ("scored", "a"): 3,
        ("dataset_profile", "a"): 3,
        ("slices", "s"): 3,
    }
    assert stale(made_elsewhere, "scores/mtld", "scored", "dataset_profile", partition="a") == []
    again = tick(made_elsewhere, data.cursor)
    assert again.skip_message == f"Nothing new since snapshot {data.cursor}."


def test_only_changes_are_told_and_make_stale_what_is_made_from_them(made_elsewhere: Project, tmp_path: Path) -> None:
    first = tick(made_elsewhere)
    write_rows(tmp_path / "a.jsonl", questions(5))
    with made_elsewhere.lake(read_only=False) as lake:
        ingest(lake, tmp_path / "a.jsonl")
    calls: Counter[str] = Counter()
    with statements(calls):
        second = tick(made_elsewhere, first.cursor)
    assert told(made_elsewhere, "samples") == {("samples", "a"): 5, ("samples", "b"): 3}
    assert len(made_elsewhere.instance.fetch_materializations(dg.AssetKey("samples"), limit=9).records) == 3
    assert stale(made_elsewhere, "samples", "scores/mtld", partition="a") == ["scores/mtld"]
    assert sum(calls.values()) < 45, calls
    with made_elsewhere.lake(read_only=False) as lake:
        score(lake, datasets=["a"], axes=["mtld"])
    tick(made_elsewhere, second.cursor)
    assert stale(made_elsewhere, "scores/mtld", "scores/str_length", partition="a") == ["scores/str_length"]


def verdicts(project: Project, check: str, *partitions: str) -> dict[str, bool | None]:
    """Whether the last evaluation of a check of samples passed, by partition; None where there is none."""
    storage, key = project.instance.event_log_storage, dg.AssetCheckKey(dg.AssetKey("samples"), check)
    found = {}
    for name in partitions:
        of = PartitionKeyFilter(key=name)
        last = storage.get_asset_check_execution_history(key, limit=1, partition_filter=of)
        found[name] = last[0].status == AssetCheckExecutionRecordStatus.SUCCEEDED if last else None
    return found


def test_checks_of_what_changed_are_evaluated_in_the_same_look(made_elsewhere: Project, tmp_path: Path) -> None:
    first = tick(made_elsewhere)
    assert verdicts(made_elsewhere, "many_rejects", "a", "b") == {"a": True, "b": True}
    write_rows(tmp_path / "a.jsonl", [*questions(2), {"instruction": "", "output": "Unasked."}])
    with made_elsewhere.lake(read_only=False) as lake:
        ingest(lake, tmp_path / "a.jsonl")
    second = tick(made_elsewhere, first.cursor)
    assert verdicts(made_elsewhere, "many_rejects", "a", "b") == {"a": False, "b": True}
    key = dg.AssetCheckKey(dg.AssetKey("samples"), "many_rejects")
    told_of = made_elsewhere.instance.event_log_storage.get_asset_check_execution_history(key, limit=9)
    assert [record.partition for record in told_of] == ["a", "b", "a"]
    write_rows(tmp_path / "a.jsonl", questions(2))
    with made_elsewhere.lake(read_only=False) as lake:
        ingest(lake, tmp_path / "a.jsonl")
    tick(made_elsewhere, second.cursor)
    assert verdicts(made_elsewhere, "many_rejects", "a", "b") == {"a": True, "b": True}


def test_many_datasets_are_told_in_several_looks(made_elsewhere: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync, "AT_ONCE", 1)
    with made_elsewhere.lake() as lake:
        seen = lake.snapshot
    first = tick(made_elsewhere)
    assert (first.cursor, told(made_elsewhere, "samples", "slices")) == (f'null, {seen}, "a"', {("samples", "a"): 3})
    assert made_elsewhere.instance.get_dynamic_partitions("datasets") == ["a", "b"]
    with made_elsewhere.lake(read_only=False) as lake:
        drop_dataset(lake, "a")  # between two looks: the third must still see it
    second = tick(made_elsewhere, first.cursor)
    assert second.cursor == str(seen)
    assert told(made_elsewhere, "samples", "slices") == {("samples", "a"): 3, ("samples", "b"): 3, ("slices", "s"): 3}
    assert len(made_elsewhere.instance.fetch_materializations(dg.AssetKey("samples"), limit=9).records) == 2
    assert tick(made_elsewhere, second.cursor).skip_message.startswith(
        f"1 fact is new since snapshot {seen}"
    )  # what all consist of


def test_a_lake_that_tells_no_more_what_changed_is_new(made_elsewhere: Project) -> None:
    data = tick(made_elsewhere, "9000")  # the snapshot of a lake that stood here before
    with made_elsewhere.lake() as lake:
        assert data.cursor == str(lake.snapshot)
    assert told(made_elsewhere, "samples") == {("samples", "a"): 3, ("samples", "b"): 3}


OF_ALL = ("near_duplicates", "dataset_overlaps", "dataset_comparison", "datasets")


@pytest.mark.slow
def test_what_is_made_from_all_datasets_follows_them_however_many_there_are(
    project: Project, home: Path, tmp_path: Path
) -> None:
    fill(home, 100, 4)
    with project.lake(read_only=False) as lake:
        dedup(lake)
        overlap(lake)
        create_slice(lake, "s", "select sample_id from scored where axis_0 > 0")
    cursor = tick(project, tick(project).cursor).cursor
    assert told(project, "all_samples", "all_scored") == {("all_samples", None): 200, ("all_scored", None): 200}
    job, made = project.definitions.resolve_implicit_global_asset_job_def(), ("dataset_comparison", "datasets")
    for name in made:
        assert job.execute_in_process(instance=project.instance, asset_selection=[dg.AssetKey(name)]).success
    assert stale(project, *OF_ALL, partition=None) + stale(project, "slices", partition="s") == []
    change(home)  # an axis of one dataset
    cursor = tick(project, cursor).cursor
    assert stale(project, *OF_ALL, partition=None) == ["dataset_comparison", "datasets"]
    assert stale(project, "slices", partition="s") == ["slices"]
    with project.lake(read_only=False) as lake:
        ingest(lake, write_rows(tmp_path / "another.jsonl", questions(3)))
    tick(project, cursor)
    assert told(project, "all_samples", "all_scored") == {("all_samples", None): 203, ("all_scored", None): 200}
    assert stale(project, *OF_ALL, partition=None) == list(OF_ALL)


def test_what_a_run_scored_makes_stale_what_is_made_from_all_scores(made_elsewhere: Project) -> None:
    first = tick(made_elsewhere)
    assert told(made_elsewhere, "all_scored") == {("all_scored", None): 3}
    assert stale(made_elsewhere, "slices", partition="s") == []
    assert made_elsewhere.run("score", "b", assets=["scores/mtld", "scored"]).success
    second = tick(made_elsewhere, first.cursor)
    assert second.skip_message.startswith("1 fact is new")
    assert told(made_elsewhere, "all_scored") == {("all_scored", None): 6}
    assert stale(made_elsewhere, "slices", partition="s") == ["slices"]
    assert made_elsewhere.run("score", "b", assets=["scores/mtld", "scored"]).success  # in vain
    assert tick(made_elsewhere, second.cursor).skip_message.startswith("Nothing new")


def test_what_runs_tell_after_a_look_saw_what_they_wrote_is_not_missed(made_elsewhere: Project) -> None:
    assert made_elsewhere.run("score", "b", assets=["scores/mtld"]).success
    with made_elsewhere.lake(read_only=False) as lake:
        refresh_scored(lake, ["b"])
    last = tick(made_elsewhere)
    assert told(made_elsewhere, "all_scored") == {("all_scored", None): 6}
    with made_elsewhere.lake() as lake:
        snapshot = lake.snapshot
    made_elsewhere.instance.report_runless_asset_event(
        dg.AssetMaterialization("scored", partition="b", tags={"dagster/data_version": "another"})
    )
    assert tick(made_elsewhere, last.cursor).skip_message.startswith(f"1 fact is new since snapshot {snapshot}")


@pytest.mark.slow
def test_results_and_finds_of_others_make_stale_what_is_made_from_all(made_elsewhere: Project, tmp_path: Path) -> None:
    def evaluated(benchmark: str) -> None:
        row = "select 'base' as run, ? as benchmark, 'accuracy' as metric, 0 as repeat, 50 as value, 'ok' as status"
        with made_elsewhere.lake(read_only=False) as lake:
            lake.transact(
                lambda connection: connection.execute(f"insert into evaluations by name {row}", [benchmark]),
                message="evaluate elsewhere",
            )

    def made(*names: str) -> None:
        job = made_elsewhere.definitions.resolve_implicit_global_asset_job_def()
        for name in names:
            assert job.execute_in_process(instance=made_elsewhere.instance, asset_selection=[dg.AssetKey(name)]).success

    evaluated("sums")
    cursor = tick(made_elsewhere).cursor
    made("leaderboard", "datasets")
    assert stale(made_elsewhere, "leaderboard", "datasets", partition=None) == []
    evaluated("stories")
    cursor = tick(made_elsewhere, cursor).cursor
    assert told(made_elsewhere, "all_evaluations") == {("all_evaluations", None): 2}
    assert stale(made_elsewhere, "leaderboard", "datasets", partition=None) == ["leaderboard"]
    with made_elsewhere.lake(read_only=False) as lake:
        ingest(lake, write_rows(tmp_path / "bench.jsonl", questions(1)), kind="benchmark")
    cursor = tick(made_elsewhere, cursor).cursor
    made("datasets", "leaderboard")
    with made_elsewhere.lake(read_only=False) as lake:
        contamination(lake, ["a"])
    tick(made_elsewhere, cursor)
    assert told(made_elsewhere, "all_contamination") == {("all_contamination", None): 2}  # exact, letters
    assert stale(made_elsewhere, "leaderboard", "datasets", partition=None) == ["datasets"]


def test_of_a_lake_that_is_empty_again_nothing_is_left(made_elsewhere: Project) -> None:
    first = tick(made_elsewhere)
    with made_elsewhere.lake(read_only=False) as lake:
        for name in ("a", "b"):
            drop_dataset(lake, name)
    tick(made_elsewhere, first.cursor)
    assert told(made_elsewhere, "all_samples", "all_scored") == {("all_samples", None): 0, ("all_scored", None): 0}


def test_doing_nothing_again_makes_nothing_stale(made_elsewhere: Project) -> None:
    tick(made_elsewhere)
    assert made_elsewhere.run("score", "a", assets=["scores/mtld", "scored"]).success
    assert made_elsewhere.run("score", "a", assets=["scores/mtld"]).success
    assert stale(made_elsewhere, "scores/mtld", "scored", partition="a") == []


def test_what_is_dropped_goes(made_elsewhere: Project) -> None:
    first = tick(made_elsewhere)
    made_elsewhere.instance.add_dynamic_partitions("datasets", ["to come"])
    with made_elsewhere.lake(read_only=False) as lake:
        drop_dataset(lake, "b")
    second = tick(made_elsewhere, first.cursor)
    assert made_elsewhere.instance.get_dynamic_partitions("datasets") == ["a", "to come"]
    made_elsewhere.instance.add_dynamic_partitions("datasets", ["b"])  # to be ingested again by a run
    with made_elsewhere.lake(read_only=False) as lake:
        score(lake, datasets=["a"], axes=["hdd"])
    assert tick(made_elsewhere, second.cursor).skip_message.startswith("4 facts are new")
    assert sorted(made_elsewhere.instance.get_dynamic_partitions("datasets")) == ["a", "b", "to come"]


def test_what_dagster_made_itself_is_not_told_again(made_elsewhere: Project) -> None:
    first = tick(made_elsewhere)
    assert made_elsewhere.run("score", "b", assets=["scores/mtld"]).success
    before = len(made_elsewhere.instance.fetch_materializations(dg.AssetKey(["scores", "mtld"]), limit=9).records)
    tick(made_elsewhere, first.cursor)
    after = len(made_elsewhere.instance.fetch_materializations(dg.AssetKey(["scores", "mtld"]), limit=9).records)
    assert (before, after) == (2, 2)


def test_without_a_lake_there_is_nothing_to_tell(project: Project, home: Path) -> None:
    shutil.rmtree(home)
    assert tick(project).skip_message == f"There is no lake in {home} yet."
    assert not home.exists()


@pytest.mark.slow
def test_a_look_costs_what_changed_however_many_datasets_and_axes_there_are(project: Project, home: Path) -> None:
    fill(home, datasets=120, axes=100)
    from dagster_project.definitions import defs

    extended = defs()
    project.instance.add_dynamic_partitions("datasets", [f"set{number}" for number in range(1, 121)])
    with project.lake() as lake:
        seen = lake.snapshot
    change(home)
    calls: Counter[str] = Counter()
    with statements(calls):
        data = look(extended, project.instance, str(seen))
    assert data.skip_message == f"4 facts are new since snapshot {seen}."
    (told_of,) = project.instance.fetch_materializations(dg.AssetKey(["scores", "axis_3"]), limit=9).records
    assert told_of.partition_key == "set7"
    assert sum(calls.values()) < 50, calls
