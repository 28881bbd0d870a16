"""Audits as asset checks: one evaluation a partition, which stays as it is until that partition passes."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Set
from functools import cache
from typing import Any

import dagster as dg
import pyarrow as pa
import pyarrow.compute as pc

from dagster_project.audit import Check
from dagster_project.audits import checks
from dagster_project.internals import AssetCheckEvaluationTargetMaterializationData
from dagster_project.metadata import metadata
from lake.catalog import Lake
from pipelines.telling.shown import Facts, table

Evaluation = dg.AssetCheckEvaluation
Target = AssetCheckEvaluationTargetMaterializationData

_EXAMPLES = 5
_GRAINS = {"datasets": "dataset", "slices": "slice"}
_EVERY = cache(checks)


def specs_of(asset: dg.AssetKey, partitions: dg.PartitionsDefinition[Any] | None) -> list[dg.AssetCheckSpec]:
    """The checks of an asset; those of its datasets or slices have its partitions."""
    return [_spec(check, partitions if _divides(check, partitions) else None) for check in _EVERY().get(asset, [])]


def keys_of(asset: dg.AssetKey) -> set[dg.AssetCheckKey]:
    """The checks of an asset that are audits."""
    return {audit.key for audit in _EVERY().get(asset, [])}


def evaluations(
    lake: Lake,
    chosen: Set[dg.AssetCheckKey],
    *,
    divided: dg.PartitionsDefinition[Any] | None,
    partitions: list[str] | None,
    targets: Mapping[tuple[dg.AssetKey, str], Target],
) -> Iterator[Evaluation]:
    """Evaluate checks, each for these partitions of an asset divided like that; None: for all there are.

    - targets: the materialisation of each asset and partition that is looked at, where one is known.
    """
    for check in (check for group in _EVERY().values() for check in group if check.key in chosen):
        divides = _divides(check, divided)
        names = check.first.everything(lake) if partitions is None or not divides else partitions
        found = check.offending(lake, names)
        if not divides:
            yield _evaluation(check, None, found, None)
            continue
        for name in names:
            own = {audit: _of(name, check.first.grain, rows) for audit, rows in found.items()}
            yield _evaluation(check, name, own, targets.get((check.first.asset, name)))


def _of(partition: str, grain: str, rows: pa.Table) -> pa.Table:
    return rows.filter(pc.equal(rows[grain], partition)) if rows.num_rows else rows


def holds_back(evaluation: Evaluation) -> bool:
    """Whether what is made from the partition must wait."""
    return bool(evaluation.blocking and not evaluation.passed and evaluation.severity == dg.AssetCheckSeverity.ERROR)


def _divides(check: Check, partitions: dg.PartitionsDefinition[Any] | None) -> bool:
    grain = check.first.grain
    return bool(grain) and _GRAINS.get(str(getattr(partitions, "name", None))) == grain


def _spec(check: Check, partitions: dg.PartitionsDefinition[Any] | None) -> dg.AssetCheckSpec:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)  # partitions of checks are new; constraints.txt pins them
        return dg.AssetCheckSpec(
            check.name,
            asset=check.first.asset,
            description=check.description,
            blocking=check.first.blocking,
            partitions_def=partitions,
        )


def _evaluation(check: Check, partition: str | None, found: dict[str, pa.Table], target: Target | None) -> Evaluation:
    """Passed where no audit found anything, else the number of rows and the first of them; of several, for each."""
    count = sum(rows.num_rows for rows in found.values())
    told: Facts = {"offending": count}
    if len(found) > 1:
        told["audits"] = "; ".join(f"{audit}: {rows.num_rows}" for audit, rows in found.items())
    for audit in check.audits:
        told |= audit.thresholds()
        if found[audit.name].num_rows:
            shown = "rows" if len(found) == 1 else f"rows/{audit.name}"
            told[shown] = table(found[audit.name], rows=_EXAMPLES)
    return Evaluation(
        asset_key=check.first.asset,
        check_name=check.name,
        passed=not count,
        metadata=metadata(told),
        target_materialization_data=target,
        severity=check.first.severity,
        description=check.said(found),
        blocking=check.first.blocking,
        partition=partition,
    )
