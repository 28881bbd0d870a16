"""The audits of `sql/audits/` and of the keys of stored relations as asset checks; none is registered by hand.

An audit is a select of offending rows. Beside the header of every relation it says what it checks:

    -- audits: samples           (the asset; its partition binds $dataset or $slice)
    -- severity: warn            (error where it is left out)
    -- blocking: true            (what is downstream does not run; false where it is left out)

An audit may declare any of the parameters dataset, slice, axes, minima and maxima (of the catalogue, unbounded as
NULL); they are bound from the run. Other parameters need a default: it is the threshold of the audit.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import dagster as dg
import pyarrow as pa

from dagster_project import metadata
from dagster_project.axes import engines
from lake import keys
from lake.catalog import Lake
from lake.errors import UsageError
from lake.relations import Relation, bind, catalogue
from lake.tables import TABLES

SUBJECT = "audits"
_LINE = re.compile(r"--\s*(audits|severity|blocking)\s*:\s*([\w/]+)\s*")
_EXAMPLES = 10


@dataclass(frozen=True)
class Audit:
    """A query of offending rows and what it means for the asset it checks."""

    relation: Relation
    asset: dg.AssetKey
    severity: dg.AssetCheckSeverity
    blocking: bool

    def spec(self) -> dg.AssetCheckSpec:
        """The asset check, described by the audit's grain: which rows it would find."""
        return dg.AssetCheckSpec(
            self.relation.name,
            asset=self.asset,
            description=f"Finds {self.relation.grain}.",
            blocking=self.blocking,
        )

    @property
    def grain(self) -> str:
        """What a partition of the audited asset is: dataset or slice; empty where the audit looks at the whole lake."""
        known = {parameter.name for parameter in self.relation.parameters}
        return next((name for name in ("slice", "dataset") if name in known), "")

    def everything(self, lake: Lake) -> list[str]:
        """Every dataset or slice of the lake, for a run without a partition."""
        grain = self.grain
        if not grain:
            return [""]
        return [str(row[0]) for row in lake.rows(f"select {grain} from {grain}s order by {grain}")]

    def offending(self, lake: Lake, partition: str) -> pa.Table:
        """The rows the query finds in a dataset or slice."""
        found = lake.query(self.relation.sql, self._values(partition) or None)
        if not self.grain or self.grain in found.column_names:
            return found
        return found.add_column(0, self.grain, pa.array([partition] * found.num_rows, pa.string()))

    def result(self, lake: Lake, partitions: list[str]) -> dg.AssetCheckResult:
        """Run the query; passed where it finds nothing, else the number of rows and the first of them."""
        found = [rows for partition in partitions if (rows := self.offending(lake, partition)).num_rows]
        count = sum(rows.num_rows for rows in found)
        told = metadata.numbers({"offending": count, **self._thresholds()})
        if found:
            told["rows"] = metadata.preview(pa.concat_tables(found), rows=_EXAMPLES)
        return dg.AssetCheckResult(
            check_name=self.relation.name,
            asset_key=self.asset,
            passed=not count,
            severity=self.severity,
            metadata=told,
        )

    def _values(self, partition: str) -> dict[str, Any]:
        given = {**_ranges(), self.grain: partition}
        wanted = {parameter.name for parameter in self.relation.parameters}
        chosen = {name: value for name, value in given.items() if name in wanted}
        return bind(self.relation.parameters, chosen, of=f"audit {self.relation.name}")

    def _thresholds(self) -> dict[str, Any]:
        return {name: value for name, value in self._values("").items() if name not in _GIVEN}


_KEYED = {
    "samples": ("datasets", "samples", "rejects", "sequences", "schema_migrations"),
    "scored": (
        "scores",
        "scored_axes",
        "dataset_scores",
        "token_signals",
        "ratings",
        "comparisons",
        "rewards",
        "gradient_signals",
        "state_spectra",
        "judgements",
        "verdicts",
        "calibrations",
        "calibrated_means",
    ),
    "embeddings": ("embeddings",),
    "near_duplicates": ("signatures", "near_duplicate_pairs", "near_duplicates", "dedup_runs"),
    "dataset_overlaps": ("prompt_keys", "dataset_overlaps", "dataset_redundancy", "overlap_runs"),
    "dataset_lineage": (
        "lineage_documents",
        "lineage_readings",
        "lineage_claims",
        "lineage_reviews",
        "lineage_edges",
        "lineage_nodes",
    ),
    "contamination": ("contamination", "contamination_scans"),
    "slices": ("slices", "slice_members", "slice_exclusions"),
    "trainings": ("training_runs", "training_losses"),
    "evaluations": ("evaluations", "evaluation_items", "published_scores"),
}
"""Stored relations whose keys are audited, by the asset whose steps write them."""

_GIVEN = frozenset({"dataset", "slice", "axes", "minima", "maxima"})


def audits() -> dict[dg.AssetKey, list[Audit]]:
    """Every audit of `sql/audits/` and of the keys of stored relations, by the asset it checks."""
    found: dict[dg.AssetKey, list[Audit]] = defaultdict(list)
    for relation in catalogue().values():
        if relation.subject == SUBJECT:
            audit = read(relation)
            found[audit.asset].append(audit)
    tables = {table.name: table for table in TABLES}
    for asset, names in _KEYED.items():
        for table in (tables[name] for name in names):
            for key in table.keys:
                audit = Audit(keys.audit(table, key), dg.AssetKey(asset), dg.AssetCheckSeverity.ERROR, blocking=False)
                found[audit.asset].append(audit)
    return dict(found)


def require_sound(lake: Lake, asset: dg.AssetKey, partition: str) -> None:
    """Refuse to go on from an asset that a blocking audit finds fault with, whichever run made it.

    Dagster itself holds back only what is downstream in the same run. Raises UsageError naming the audit.
    """
    for audit in audits().get(asset, []):
        if audit.blocking and (found := audit.offending(lake, partition).num_rows):
            raise UsageError(
                f"{partition!r} is blocked by the audit {audit.relation.name}: {found:,} rows offend.",
                hint=f"See them in the checks of {asset.to_user_string()}: {audit.relation.grain}.",
            )


def read(relation: Relation) -> Audit:
    """The audit a relation declares; raises ValueError for a file that does not say what it checks."""
    lines = [found for line in relation.sql.splitlines() if (found := _LINE.fullmatch(line))]
    said = {found[1]: found[2] for found in lines}
    severity = said.get("severity", "error").upper()
    if "audits" not in said or severity not in dg.AssetCheckSeverity.__members__:
        raise ValueError(
            f"sql/audits/{relation.name}.sql needs a line '-- audits: ASSET' and a severity error or warn."
        )
    return Audit(
        relation=relation,
        asset=dg.AssetKey(said["audits"].split("/")),
        severity=dg.AssetCheckSeverity[severity],
        blocking=said.get("blocking") == "true",
    )


def _ranges() -> dict[str, list[Any]]:
    axes = [axis for family in engines().values() for axis, _ in family.values()]
    return {
        "axes": [axis.name for axis in axes],
        "minima": [axis.range[0] for axis in axes],
        "maxima": [axis.range[1] for axis in axes],
    }
