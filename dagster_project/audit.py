"""What an audit is: a query of offending rows, asked for datasets, slices or the whole lake; and what a check is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg
import pyarrow as pa

from dagster_project.axes import ranges
from lake.catalog import Lake
from lake.relations import Relation, bind, run

_GIVEN = frozenset({"datasets", "slices", "axes", "minima", "maxima"})


@dataclass(frozen=True)
class Audit:
    """A query of offending rows and what it means for the asset it checks.

    - grain: what a partition of the check is, dataset or slice; empty where it looks at the whole lake.
    - way_out: what can be done about what it finds.
    - check: the check it is a part of.
    - of_a_key: whether it looks for rows of one relation that share its key, so that there are none where it is empty.
    """

    relation: Relation
    asset: dg.AssetKey
    severity: dg.AssetCheckSeverity
    blocking: bool
    grain: str = ""
    way_out: str = ""
    check: str = ""
    of_a_key: bool = False

    @property
    def name(self) -> str:
        """That of its relation."""
        return self.relation.name

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

    def said(self, found: pa.Table) -> str:
        """What was found, in words."""
        return f"{found.num_rows:,} found: {self.relation.grain}."

    def _values(self, partitions: Sequence[str]) -> dict[str, Any]:
        wanted = {parameter.name for parameter in self.relation.parameters}
        declared = ranges() if "axes" in wanted else {}
        chosen = {**declared, **({f"{self.grain}s": list(partitions)} if self.grain else {})}
        return bind(self.relation.parameters, chosen, of=f"audit {self.relation.name}")


@dataclass(frozen=True)
class Check:
    """Audits of an asset that are evaluated together, for each of its partitions: an event is told of all of them.

    They are of one grain and as grave as each other; raises ValueError where they are not.
    """

    name: str
    audits: tuple[Audit, ...]

    def __post_init__(self) -> None:
        if len({(audit.asset, audit.severity, audit.blocking, audit.grain) for audit in self.audits}) != 1:
            names = ", ".join(audit.name for audit in self.audits)
            raise ValueError(f"The audits of the check {self.name} differ in severity, blocking or partition: {names}.")

    @property
    def first(self) -> Audit:
        """One that has what all of them have: asset, severity, blocking, grain."""
        return self.audits[0]

    @property
    def key(self) -> dg.AssetCheckKey:
        """Its name for Dagster."""
        return dg.AssetCheckKey(self.first.asset, self.name)

    @property
    def description(self) -> str:
        """What it looks for, and the way out."""
        if len(self.audits) == 1:
            finds = f"Finds {self.first.relation.grain}."
        else:
            finds = " ".join(f"{audit.name} finds {audit.relation.grain}." for audit in self.audits)
        return self.with_ways_out([finds], self.audits)

    def offending(self, lake: Lake, partitions: Sequence[str]) -> dict[str, pa.Table]:
        """The rows each audit finds; keys of relations that are empty, as most are in most lakes, are not asked for."""
        filled: set[str] = set()
        if any(audit.of_a_key for audit in self.audits):
            filled = {str(name) for (name,) in run(lake.connection, "tables_with_rows").fetchall()}
        return {
            audit.name: pa.table({})
            if audit.of_a_key and not filled.intersection(audit.relation.inputs)
            else audit.offending(lake, partitions)
            for audit in self.audits
        }

    def said(self, found: dict[str, pa.Table]) -> str | None:
        """What was found, and the way out; None where nothing was."""
        failed = [audit for audit in self.audits if found[audit.name].num_rows]
        return self.with_ways_out([audit.said(found[audit.name]) for audit in failed], failed) if failed else None

    @staticmethod
    def with_ways_out(said: Sequence[str], audits: Sequence[Audit]) -> str:
        """Sentences, and after them what can be done about what audits find."""
        return " ".join(filter(None, (*said, *dict.fromkeys(audit.way_out for audit in audits))))
