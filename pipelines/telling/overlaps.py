"""What is told of overlaps: relations between datasets, and shares of one in another as a heat map."""

from __future__ import annotations

from lake.catalog import Lake
from pipelines.overlap import OverlapReport
from pipelines.pictures.matrix import matrix
from pipelines.pictures.svg import Picture
from pipelines.telling.shown import Facts, counts, pictures, table

_RELATIONS = (
    "select child, parent, relation, confidence, direction, via from measured_relations "
    "order by via is not null, confidence desc, child, parent"
)
_SHARES = "select dataset, other, containment from dataset_overlaps where measure = 'letters' and containment >= 0.01"
_MOST = 60


def of_overlaps(lake: Lake, report: OverlapReport) -> Facts:
    """Facts of a run over all datasets."""
    told: Facts = {
        "dagster/row_count": 2 * sum(report.pairs.values()),
        "datasets": report.datasets,
        "samples": report.samples,
        "keyed": report.keyed,
        "fraction": report.fraction,
        "current": report.current,
        "seconds": sum(report.seconds.values()),
        "snapshot": lake.snapshot,
        "pairs": counts("measure", report.pairs),
        "relations": table(lake.query(_RELATIONS), rows=100),
    }
    return told | pictures(lake, shares=lambda: _heat_map(lake))


def _heat_map(lake: Lake) -> Picture | None:
    """Share of the prompts of the row's dataset that the column's has; of many datasets those that share most."""
    shares = {(str(a), str(b)): float(share) for a, b, share in lake.rows(_SHARES)}
    weight: dict[str, float] = {}
    for (a, b), share in shares.items():
        for name in (a, b):
            weight[name] = weight.get(name, 0.0) + share
    kept = set(sorted(weight, key=lambda name: (-weight[name], name))[:_MOST])
    chosen = {pair: share for pair, share in shares.items() if set(pair) <= kept}
    return matrix(chosen, "share of the row's prompts found in the column", signed=False, mirrored=False)
