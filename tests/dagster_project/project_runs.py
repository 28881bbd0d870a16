"""Runs jobs of the project in this process and reads back what they told."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import execute_run

from lake.catalog import Lake
from lake.settings import Settings
from pipelines.ingest import ingest

Row = dict[str, Any]


def write_rows(path: Path, rows: Iterable[Row]) -> Path:
    """A JSON-lines file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def questions(count: int, *, first: int = 0) -> list[Row]:
    """Rows in Alpaca form, no two alike."""
    return [
        {"instruction": f"What follows {n}, and why?", "output": f"After {n} comes {n + 1}, as after any number."}
        for n in range(first, first + count)
    ]


@dataclass(frozen=True)
class Outcome:
    """A finished run."""

    result: dg.ExecuteInProcessResult

    @property
    def success(self) -> bool:
        return self.result.success

    @property
    def metadata(self) -> dict[str, dict[str, Any]]:
        """Asset -> metadata name -> plain value, of what was materialised."""
        return {
            event.materialization.asset_key.to_user_string(): {
                name: value.value for name, value in event.materialization.metadata.items()
            }
            for event in self.result.get_asset_materialization_events()
        }

    @property
    def checks(self) -> dict[str, dg.AssetCheckEvaluation]:
        """Check name -> evaluation."""
        return {evaluation.check_name: evaluation for evaluation in self.result.get_asset_check_evaluations()}

    @property
    def failures(self) -> dict[str, str]:
        """Step -> what it failed with, as a reader of the run sees it."""
        return {
            str(event.step_key): event.step_failure_data.user_failure_data.description or ""
            if event.step_failure_data.user_failure_data
            else repr(event.step_failure_data.error)
            for event in self.result.all_events
            if event.is_step_failure
        }


@dataclass(frozen=True)
class Backfilled:
    """A finished run over several partitions, by the executor that real runs have."""

    run: dg.DagsterRun
    instance: dg.DagsterInstance

    @property
    def success(self) -> bool:
        found = self.instance.get_run_by_id(self.run.run_id)
        return found is not None and found.is_success

    def _events(self, kind: dg.DagsterEventType) -> list[Any]:
        records = self.instance.get_records_for_run(self.run.run_id, of_type=kind).records
        return [record.event_log_entry.dagster_event for record in records]

    @property
    def materialised(self) -> dict[str, dict[str, dict[str, Any]]]:
        """Asset -> partition -> metadata."""
        found: dict[str, dict[str, dict[str, Any]]] = {}
        for event in self._events(dg.DagsterEventType.ASSET_MATERIALIZATION):
            made = event.event_specific_data.materialization
            told = {name: value.value for name, value in made.metadata.items()}
            found.setdefault(made.asset_key.to_user_string(), {})[made.partition] = told
        return found

    @property
    def partitions(self) -> dict[str, list[str]]:
        """Asset -> partitions that were materialised."""
        return {asset: list(by) for asset, by in self.materialised.items()}

    @property
    def checks(self) -> dict[tuple[str, str | None], dg.AssetCheckEvaluation]:
        """Check and partition -> evaluation."""
        found = [event.event_specific_data for event in self._events(dg.DagsterEventType.ASSET_CHECK_EVALUATION)]
        return {(each.check_name, each.partition): each for each in found}

    @property
    def failures(self) -> dict[str, str]:
        """Step -> what it failed with."""
        found = {}
        for event in self._events(dg.DagsterEventType.STEP_FAILURE):
            data = event.step_failure_data
            found[event.step_key] = (data.user_failure_data.description if data.user_failure_data else None) or repr(
                data.error
            )
        return found


@dataclass(frozen=True)
class Project:
    """The definitions over the lake of the settings, with a Dagster instance."""

    definitions: dg.Definitions
    instance: dg.DagsterInstance
    settings: Settings

    def run(
        self,
        job: str,
        partition: str,
        config: dict[str, dict[str, Any]] | None = None,
        *,
        assets: Iterable[str] | None = None,
    ) -> Outcome:
        """Run a job for a partition; `config` is given by step, `assets` selects among the assets of the job."""
        name = "slices" if job == "slice_and_export" else "datasets"
        self.instance.add_dynamic_partitions(name, [partition])
        return Outcome(
            self.definitions.resolve_job_def(job).execute_in_process(
                partition_key=partition,
                instance=self.instance,
                raise_on_error=False,
                run_config={
                    "ops": {step: {"config": values} for step, values in (config or {}).items()},
                    "loggers": {"console": {"config": {"log_level": "ERROR"}}},
                },
                asset_selection=[dg.AssetKey.from_user_string(asset) for asset in assets] if assets else None,
            )
        )

    def run_over(
        self,
        job: str,
        partitions: list[str],
        config: dict[str, dict[str, Any]] | None = None,
        *,
        assets: Iterable[str],
    ) -> Backfilled:
        """One run of assets, of a job where one is named, over partitions: all there are between first and last."""
        self.instance.add_dynamic_partitions("slices" if job == "slice_and_export" else "datasets", partitions)
        keys = frozenset(dg.AssetKey.from_user_string(asset) for asset in assets)
        whole = (
            self.definitions.resolve_job_def(job) if job else self.definitions.resolve_implicit_global_asset_job_def()
        )
        definition = whole.get_subset(asset_selection=keys)
        run = self.instance.create_run_for_job(
            definition,
            run_config={
                "ops": {step: {"config": values} for step, values in (config or {}).items()},
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            },
            tags={
                "dagster/asset_partition_range_start": partitions[0],
                "dagster/asset_partition_range_end": partitions[-1],
            },
            asset_selection=keys,
        )
        execute_run(InMemoryJob(definition), run, self.instance)
        return Backfilled(run, self.instance)

    def ingest(self, partition: str, source: Path, **config: Any) -> Outcome:
        """Materialise only the samples of a dataset."""
        return self.run(
            "ingest_and_score", partition, {"samples": {"source": str(source), **config}}, assets=["samples"]
        )

    def put(self, name: str, source: Path, **options: Any) -> None:
        """Ingest a dataset without Dagster, for tests of what follows."""
        with self.lake(read_only=False) as lake:
            ingest(lake, source, name=name, **options)

    def lake(self, *, read_only: bool = True) -> Lake:
        """The lake, to look at what runs left."""
        return Lake.open(self.settings, create=not read_only, read_only=read_only)

    def rows(self, sql: str, parameters: Any = None) -> list[tuple[Any, ...]]:
        """The answer of the lake to a query."""
        with self.lake() as lake:
            return lake.rows(sql, parameters)
