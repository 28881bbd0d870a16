"""The audits of `sql/audits/` and of the keys of stored relations: queries of offending rows, none registered by hand.

Beside the header of every relation an audit says what it checks:

    -- audits: samples           (the asset)
    -- partition: dataset        (a partition of the check: a parameter and a column; none: the whole lake)
    -- severity: warn            (error where it is left out)
    -- blocking: true            (what is made from the partition is held back; false where it is left out)
    -- way out: drop the rows    (what can be done about it, for the check's message)

An audit may declare any of the parameters axes, minima and maxima (of the catalogue, unbounded as NULL) besides; they
are bound from the run. Other parameters need a default: it is the threshold of the audit.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg
import pyarrow as pa

from dagster_project.axes import ranges
from lake import keys
from lake.catalog import Lake
from lake.relations import Relation, bind, catalogue
from lake.tables import TABLES

SUBJECT = "audits"
_LINE = re.compile(r"--\s*(audits|partition|severity|blocking|way out)\s*:\s*(.+?)\s*")


@dataclass(frozen=True)
class Audit:
    """A query of offending rows and what it means for the asset it checks.

    - grain: what a partition of the check is, dataset or slice; empty where it looks at the whole lake.
    - way_out: what can be done about what it finds.
    """

    relation: Relation
    asset: dg.AssetKey
    severity: dg.AssetCheckSeverity
    blocking: bool
    grain: str = ""
    way_out: str = ""

    @property
    def of_a_key(self) -> bool:
        """Whether it looks for rows of one relation that share its key, so that there are none where it is empty."""
        return self.way_out == _KEYS

    @property
    def key(self) -> dg.AssetCheckKey:
        """The check it is."""
        return dg.AssetCheckKey(self.asset, self.relation.name)

    def everything(self, lake: Lake) -> list[str]:
        """Every dataset or slice of the lake, for a run without partitions; none where it looks at the whole lake."""
        if not self.grain:
            return []
        return [str(row[0]) for row in lake.rows(f"select {self.grain} from {self.grain}s order by {self.grain}")]

    def offending(self, lake: Lake, partitions: Sequence[str]) -> pa.Table:
        """The rows the query finds in datasets or slices, which the column `grain` names; none in none."""
        if self.grain and not partitions:
            return pa.table({})  # DuckDB takes an empty list for one of numbers
        return lake.query(self.relation.sql, self._values(partitions) or None)

    def thresholds(self) -> dict[str, Any]:
        """What is allowed, by name."""
        return {name: value for name, value in self._values(()).items() if name not in _GIVEN}

    def _values(self, partitions: Sequence[str]) -> dict[str, Any]:
        wanted = {parameter.name for parameter in self.relation.parameters}
        declared = ranges() if "axes" in wanted else {}
        chosen = {**declared, **({f"{self.grain}s": list(partitions)} if self.grain else {})}
        return bind(self.relation.parameters, chosen, of=f"audit {self.relation.name}")


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

_KEYS = "Remove exact doubles with: oda doctor --repair."

_GIVEN = frozenset({"datasets", "slices", "axes", "minima", "maxima"})


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
                relation = keys.audit(table, key)
                grain = relation.parameters[0].name.removesuffix("s") if relation.parameters else ""
                audit = Audit(
                    relation,
                    dg.AssetKey(asset),
                    dg.AssetCheckSeverity.ERROR,
                    blocking=False,
                    grain=grain,
                    way_out=_KEYS,
                )
                found[audit.asset].append(audit)
    return dict(found)


def read(relation: Relation) -> Audit:
    """The audit a relation declares; raises ValueError for a file that does not say what it checks."""
    lines = [found for line in relation.sql.splitlines() if (found := _LINE.fullmatch(line))]
    said = {found[1]: found[2] for found in lines}
    severity = said.get("severity", "error").upper()
    if "audits" not in said or severity not in dg.AssetCheckSeverity.__members__:
        raise ValueError(
            f"sql/audits/{relation.name}.sql needs a line '-- audits: ASSET' and a severity error or warn."
        )
    grain = said.get("partition", "")
    if grain and f"{grain}s" not in {parameter.name for parameter in relation.parameters}:
        raise ValueError(f"sql/audits/{relation.name}.sql is divided by {grain!r} and has no such parameter.")
    return Audit(
        relation=relation,
        asset=dg.AssetKey(said["audits"].split("/")),
        severity=dg.AssetCheckSeverity[severity],
        blocking=said.get("blocking") == "true",
        grain=grain,
        way_out=said.get("way out", ""),
    )
