"""What an audit is: a query of offending rows, asked for datasets or slices or for the whole lake."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg
import pyarrow as pa

from dagster_project.axes import ranges
from lake import keys
from lake.catalog import Lake
from lake.relations import Relation, bind, run

_GIVEN = frozenset({"datasets", "slices", "axes", "minima", "maxima"})


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
        return self._rows(lake, self.relation, partitions)

    def facts(self, found: pa.Table) -> dict[str, Any]:
        """What is told of an evaluation besides the rows: how many they are, and what is allowed, by name."""
        allowed = {name: value for name, value in self._values(self.relation, ()).items() if name not in _GIVEN}
        return {"offending": found.num_rows, **allowed}

    def said(self, found: pa.Table) -> str:
        """What an evaluation that did not pass says: what was found, and the way out."""
        return " ".join(filter(None, (f"{found.num_rows:,} found: {self.relation.grain}.", self.way_out)))

    def _rows(self, lake: Lake, relation: Relation, partitions: Sequence[str]) -> pa.Table:
        if self.grain and not partitions:
            return pa.table({})  # DuckDB takes an empty list for one of numbers
        return lake.query(relation.sql, self._values(relation, partitions) or None)

    def _values(self, relation: Relation, partitions: Sequence[str]) -> dict[str, Any]:
        wanted = {parameter.name for parameter in relation.parameters}
        declared = ranges() if "axes" in wanted else {}
        chosen = {**declared, **({f"{self.grain}s": list(partitions)} if self.grain else {})}
        return bind(relation.parameters, chosen, of=f"audit {relation.name}")


@dataclass(frozen=True)
class KeyAudit(Audit):
    """The rows that share a key of one of several relations of an asset: one check, which counts for each key."""

    declared: tuple[keys.Declared, ...] = ()

    @classmethod
    def of(cls, asset: str, declared: Sequence[keys.Declared], grain: str) -> KeyAudit:
        """The audit of keys of relations that are partitioned alike."""
        return cls(
            keys.audit(declared, part=grain),
            dg.AssetKey(asset),
            dg.AssetCheckSeverity.ERROR,
            blocking=False,
            grain=grain,
            way_out="Remove exact doubles with: oda doctor --repair.",
            declared=tuple(declared),
        )

    def offending(self, lake: Lake, partitions: Sequence[str]) -> pa.Table:
        """The rows that share a key; relations that are empty, as most are in most lakes, are not asked."""
        filled = {str(name) for (name,) in run(lake.connection, "filled_relations").fetchall()}
        asked = [key for key in self.declared if key.table.name in filled]
        return self._rows(lake, keys.audit(asked, part=self.grain), partitions) if asked else pa.table({})

    def facts(self, found: pa.Table) -> dict[str, Any]:
        """Also how many there are of every key, none included."""
        counts = _counts(found)
        return super().facts(found) | {"keys": "; ".join(f"{key}: {counts[str(key)]}" for key in self.declared)}

    def said(self, found: pa.Table) -> str:
        """Which keys more than one row has, how often, and the way out."""
        each = "; ".join(f"{key}: {n:,}" for key, n in sorted(_counts(found).items()))
        return f"{found.num_rows:,} found: a key that more than one row has; {each}. {self.way_out}"


def _counts(found: pa.Table) -> Counter[str]:
    return Counter(found["declared"].to_pylist() if found.num_rows else [])
