"""Runs jobs of the project in this process and reads back what they told."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg

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
