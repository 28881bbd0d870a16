"""Events of single partitions, stored as short as Dagster's own of what a run plans.

What a step yields, Dagster stores with the handles and tags of the step, which every event of it repeats: a third of
what is told of an axis of a dataset, for ever. These say run and step, by which everything else is found.
"""

from __future__ import annotations

import logging
from typing import Any

import dagster as dg
from dagster import DagsterEvent, DagsterEventType

from dagster_project.internals import StepMaterializationData


def materialised(context: dg.AssetExecutionContext, made: dg.AssetMaterialization) -> DagsterEvent:
    """Store a materialisation; the event, for the step to yield."""
    return _stored(context, DagsterEventType.ASSET_MATERIALIZATION, StepMaterializationData(made), "Up to date.")


def evaluated(context: dg.AssetExecutionContext, found: dg.AssetCheckEvaluation) -> DagsterEvent:
    """Store the evaluation of a check; the event, for the step to yield."""
    return _stored(context, DagsterEventType.ASSET_CHECK_EVALUATION, found, _outcome(found))


def seen(instance: dg.DagsterInstance, found: dg.AssetCheckEvaluation, look: str) -> None:
    """Store the evaluation of a check outside of any run; look: stands for the run, and is of no other evaluation.

    Dagster refuses a second evaluation of a check and partition of the same run, also where both are of none.
    """
    kind = DagsterEventType.ASSET_CHECK_EVALUATION.value
    event = DagsterEvent(kind, "", event_specific_data=found, message=_outcome(found))
    instance.report_dagster_event(event, look, logging.DEBUG)


def _outcome(found: dg.AssetCheckEvaluation) -> str:
    return "Passed." if found.passed else f"Did not pass. {found.description or ''}".strip()


def _stored(context: dg.AssetExecutionContext, kind: DagsterEventType, data: Any, message: str) -> DagsterEvent:
    step = context.get_step_execution_context().step
    told: dict[str, Any] = {"job_name": context.job_name, "event_specific_data": data, "message": message}
    stored = DagsterEvent(kind.value, step_key=step.key, **told)
    context.instance.report_dagster_event(stored, context.run.run_id, logging.DEBUG)
    # Whoever runs the job in a process of his own finds what it gave by these.
    return DagsterEvent(kind.value, step_handle=step.handle, node_handle=step.node_handle, **told)
