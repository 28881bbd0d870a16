"""Dagster's events in one file: each kept once, told as it comes, and made by whoever begins first."""

from __future__ import annotations

import inspect
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dagster as dg
import pytest
from dagster._daemon import backfill, controller

from dagster_project.event_log import OneFileEventLog
from lake.settings import Settings
from pipelines.dagster_home import prepare

PARTS = dg.StaticPartitionsDefinition(["a", "b"])


@dg.asset(partitions_def=PARTS, check_specs=[dg.AssetCheckSpec("sound", asset="made")])
def made() -> Iterator[object]:
    """An asset with a check."""
    yield dg.MaterializeResult(metadata={"n": 3})
    yield dg.AssetCheckResult(check_name="sound", passed=False)


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    folder = prepare(Settings.load(home=tmp_path))
    monkeypatch.setenv("DAGSTER_HOME", str(folder))
    with dg.DagsterInstance.from_config(str(folder)) as found:
        yield found


def test_each_event_is_kept_once_and_found_again(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    for part in ("a", "b", "b"):
        assert dg.materialize([made], instance=instance, partition_key=part).success
    history = tmp_path / "dagster" / "history"
    assert sorted(path.name for path in history.glob("**/*.db")) == ["event_log.db", "runs.db"]
    with sqlite3.connect(history / "event_log.db") as connection:
        kept = dict(connection.execute("select dagster_event_type, count(*) from event_logs group by 1").fetchall())
    assert {kind: kept[kind] for kind in ("ASSET_MATERIALIZATION", "ASSET_CHECK_EVALUATION", "PIPELINE_SUCCESS")} == {
        "ASSET_MATERIALIZATION": 3,
        "ASSET_CHECK_EVALUATION": 3,
        "PIPELINE_SUCCESS": 3,
    }
    assert instance.get_materialized_partitions(dg.AssetKey("made")) == {"a", "b"}
    records = instance.fetch_materializations(dg.AssetKey("made"), limit=9).records
    assert [record.partition_key for record in records] == ["b", "b", "a"]
    key = dg.AssetCheckKey(dg.AssetKey("made"), "sound")
    (last,) = instance.event_log_storage.get_asset_check_execution_history(key, limit=1)
    assert last.status.value == "FAILED"


def test_whoever_watches_a_run_hears_its_events_as_they_come(instance: dg.DagsterInstance) -> None:
    run = instance.create_run_for_job(dg.Definitions([made]).resolve_implicit_global_asset_job_def())
    heard: list[str] = []
    done = threading.Event()

    def hear(entry: dg.EventLogEntry, _cursor: str) -> None:
        heard.append(entry.message)
        done.set()

    instance.watch_event_logs(run.run_id, str(instance.event_log_storage.get_records_for_run(run.run_id).cursor), hear)
    instance.report_engine_event("began", run)
    assert done.wait(60)
    instance.end_watch_event_logs(run.run_id, hear)
    assert heard == ["began"]


def test_several_begin_at_once_and_finish_what_was_killed(tmp_path: Path) -> None:
    (tmp_path / "history").mkdir()
    (tmp_path / "history" / "event_log.db").touch()  # as one leaves it that was killed before the first table
    with ThreadPoolExecutor(4) as pool:
        logs = list(pool.map(lambda _: OneFileEventLog(str(tmp_path)), range(4)))
    assert [log.get_maximum_record_id() for log in logs] == [None] * 4
    assert all(log.has_secondary_index("asset_key_table") for log in logs)
    for log in logs:
        log.dispose()


def test_the_daemon_looks_for_backfills_every_few_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(controller, "DEFAULT_DAEMON_INTERVAL_SECONDS", 30)
    folder = prepare(Settings.load(home=tmp_path))
    monkeypatch.setenv("DAGSTER_HOME", str(folder))
    with dg.DagsterInstance.from_config(str(folder)):
        assert controller.DEFAULT_DAEMON_INTERVAL_SECONDS == 5
    # What it waits for between two looks is read when it begins to look, after the storage is there.
    assert "import DEFAULT_DAEMON_INTERVAL_SECONDS" in inspect.getsource(backfill.execute_backfill_iteration_loop)
