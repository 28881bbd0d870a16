"""What is told of an axis of a dataset: numbers, outcomes, and what its models did."""

import json
from functools import cached_property
from typing import Any

import dagster as dg

from dagster_project import metadata
from lake.catalog import Lake
from pipelines.calibrating.states import state_of, states
from pipelines.scoring.reports import AxisReport, ScoreReport, SetReport


class Telling:
    """Facts of a report over many datasets; what is the same for all of them is asked for once."""

    def __init__(self, lake: Lake, report: ScoreReport) -> None:
        self._lake, self._report = lake, report

    def of_axis(self, part: AxisReport, declared: str | None) -> metadata.Metadata:
        """What was done for an axis of samples, and what is there now; what is not so, or as usual, is left out.

        Every axis of every dataset has its own, which event logs keep for ever: so counts of nothing are not told, nor
        statuses where all are ok, nor the version where it is the one that the asset declares. First rows are told once
        for all axes, by `scored`, quantiles and means by `dataset_profile`, and time by the log of the run.
        """
        facts = {
            "dagster/row_count": sum(part.statuses.values()),
            "coverage": part.coverage,
            "scored": part.scored,
            "reused": part.reused or None,
            "skipped": part.skipped or None,
            "failed": part.statuses.get("failed", 0) + part.statuses.get("unparsable", 0) or None,
            "waiting": part.waiting or None,
            "waits_for": "; ".join(part.waits_for),
            "scorer_version": part.scorer_version if part.scorer_version != declared else None,
            "calibration": state_of(self._states, part.axis, [part.scorer_version]),
            **self._of_run,
        }
        told = metadata.numbers(facts)
        if part.statuses.keys() - {"ok"}:
            told["statuses"] = metadata.counts_table("status", part.statuses)
        return told

    def of_set(self, measure: SetReport) -> metadata.Metadata:
        """What was measured over a whole dataset."""
        facts = {
            "value": measure.value,
            "samples": measure.n,
            "coverage": measure.coverage,
            "status": measure.status,
            "detail": measure.detail,
            "computed": measure.computed,
            "scorer_version": measure.scorer_version,
            **self._of_run,
        }
        further = {
            name: dg.MetadataValue.json(json.loads(text))
            for name, text in zip(("facts", "parameters"), self._sets[measure.dataset, measure.axis], strict=True)
            if text
        }
        return metadata.numbers(facts) | further

    @cached_property
    def _of_run(self) -> dict[str, Any]:
        """What is the same for all partitions of a run: what models read and wrote for it."""
        calls = [report.calls for report in self._report.inputs if report.calls.seconds]
        seconds = sum(each.seconds for each in calls)
        tokens = sum(each.prompt_tokens + each.generated_tokens for each in calls)
        return {
            "model_tokens": tokens or None,
            "tokens_per_second": tokens / seconds if seconds and tokens else None,
            "stopped": "; ".join(filter(None, (report.stopped for report in self._report.inputs))),
        }

    @cached_property
    def _states(self) -> Any:
        return states(self._lake)

    @cached_property
    def _sets(self) -> dict[tuple[str, str], tuple[str | None, str | None]]:
        rows = self._lake.rows("select dataset, axis, facts::varchar, parameters::varchar from dataset_scores")
        return {(dataset, axis): (facts, parameters) for dataset, axis, facts, parameters in rows}
