"""What is told of an axis of a dataset: numbers, outcomes, and what its models did."""

from __future__ import annotations

import json
from functools import cached_property

from lake.catalog import Lake
from pipelines.calibrating.states import State, state_of, states
from pipelines.scoring.reports import AxisReport, ScoreReport, SetReport
from pipelines.telling.shown import Document, Facts, counts


class Scored:
    """Facts of a report over many datasets; what is the same for all of them is asked for once."""

    def __init__(self, lake: Lake, report: ScoreReport) -> None:
        self._lake, self._report = lake, report

    @property
    def of_run(self) -> str:
        """What is the same for all axes and datasets of a run, as a line of its log."""
        report = self._report
        speed = f", {report.rows_per_second:,.0f} samples/s" if report.rows_per_second else ""
        took = f"{report.computed:,} samples measured in {report.seconds:,.1f} s{speed}"
        return f"{took}; snapshot {self._lake.snapshot} of the lake"

    def of_axis(self, part: AxisReport, declared: str | None) -> Facts:
        """What was done for an axis of samples, and what is there now; what is not so, or as usual, is left out.

        Every axis of every dataset has its own, which event logs keep for ever: so counts of nothing are not told, nor
        statuses where all are ok, nor the version where it is the one that the asset declares. First rows are told once
        for all axes, by `scored`, quantiles and means by `dataset_profile`, and time by the log of the run.
        """
        told: Facts = {
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
            **self._of_models,
        }
        if part.statuses.keys() - {"ok"}:
            told["statuses"] = counts("status", part.statuses)
        return told

    def of_set(self, measure: SetReport) -> Facts:
        """What was measured over a whole dataset."""
        told: Facts = {
            "value": measure.value,
            "samples": measure.n,
            "coverage": measure.coverage,
            "status": measure.status,
            "detail": measure.detail,
            "computed": measure.computed,
            "scorer_version": measure.scorer_version,
            **self._of_models,
        }
        further = zip(("facts", "parameters"), self._sets[measure.dataset, measure.axis], strict=True)
        return told | {name: Document(json.loads(text)) for name, text in further if text}

    @cached_property
    def _of_models(self) -> Facts:
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
    def _states(self) -> list[State]:
        return states(self._lake)

    @cached_property
    def _sets(self) -> dict[tuple[str, str], tuple[str | None, str | None]]:
        rows = self._lake.rows("select dataset, axis, facts::varchar, parameters::varchar from dataset_scores")
        return {(dataset, axis): (facts, parameters) for dataset, axis, facts, parameters in rows}
