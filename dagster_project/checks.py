"""Audits as asset checks: one evaluation a partition, which stays as it is until that partition passes."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Set
from functools import cache
from typing import Any

import dagster as dg
import pyarrow as pa
import pyarrow.compute as pc

from dagster_project.audit import Audit
from dagster_project.audits import audits
from dagster_project.internals import AssetCheckEvaluationTargetMaterializationData
from dagster_project.metadata import metadata
from lake.catalog import Lake
from pipelines.telling.shown import Facts, table

Evaluation = dg.AssetCheckEvaluation
Target = AssetCheckEvaluationTargetMaterializationData

_EXAMPLES = 5
_GRAINS = {"datasets": "dataset", "slices": "slice"}
_EVERY = cache(audits)


def specs_of(asset: dg.AssetKey, partitions: dg.PartitionsDefinition[Any] | None) -> list[dg.AssetCheckSpec]:
    """The checks of an asset; those of its datasets or slices have its partitions."""
    return [_spec(audit, partitions if _divides(audit, partitions) else None) for audit in _EVERY().get(asset, [])]


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
    for audit in (audit for group in _EVERY().values() for audit in group if audit.key in chosen):
        names = audit.everything(lake) if partitions is None or not _divides(audit, divided) else partitions
        found = audit.offending(lake, names)
        if not _divides(audit, divided):
            yield _evaluation(audit, None, found, None)
            continue
        for name in names:
            own = found.filter(pc.equal(found[audit.grain], name)) if found.num_rows else found
            yield _evaluation(audit, name, own, targets.get((audit.asset, name)))


def holds_back(evaluation: Evaluation) -> bool:
    """Whether what is made from the partition must wait."""
    return bool(evaluation.blocking and not evaluation.passed and evaluation.severity == dg.AssetCheckSeverity.ERROR)


def _divides(audit: Audit, partitions: dg.PartitionsDefinition[Any] | None) -> bool:
    name = getattr(partitions, "name", None)
    return bool(audit.grain) and _GRAINS.get(str(name)) == audit.grain


def _spec(audit: Audit, partitions: dg.PartitionsDefinition[Any] | None) -> dg.AssetCheckSpec:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)  # partitions of checks are new; constraints.txt pins them
        return dg.AssetCheckSpec(
            audit.relation.name,
            asset=audit.asset,
            description=" ".join(filter(None, (f"Finds {audit.relation.grain}.", audit.way_out))),
            blocking=audit.blocking,
            partitions_def=partitions,
        )


def _evaluation(audit: Audit, partition: str | None, found: pa.Table, target: Target | None) -> Evaluation:
    """Passed where the query found nothing, else the number of rows and the first of them."""
    told: Facts = audit.facts(found)
    if found.num_rows:
        told["rows"] = table(found, rows=_EXAMPLES)
    return Evaluation(
        asset_key=audit.asset,
        check_name=audit.relation.name,
        passed=not found.num_rows,
        metadata=metadata(told),
        target_materialization_data=target,
        severity=audit.severity,
        description=audit.said(found) if found.num_rows else None,
        blocking=audit.blocking,
        partition=partition,
    )
