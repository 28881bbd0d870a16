"""What is told of near-duplicates: how many, what datasets lose, how similar pairs are, and recall."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from lake.catalog import Lake
from pipelines.deduping.recall import Recall
from pipelines.deduping.reports import DedupReport
from pipelines.pictures.bars import losses
from pipelines.pictures.histograms import similarities
from pipelines.telling.shown import Facts, pictures, rate, table

_FIRST_ROWS = 'select * exclude ("view") from near_duplicates where "view" = ? order by sample_id limit 8'


def of_near_duplicates(lake: Lake, report: DedupReport) -> Facts:
    """Facts of a run over all datasets."""
    seconds = sum(report.seconds.values())
    told: Facts = {
        "dagster/row_count": report.excluded,
        "view": report.view,
        "compared": report.compared,
        "excluded_share": report.excluded / report.compared if report.compared else None,
        "clusters": report.clusters,
        "pairs": report.pairs,
        "signed": report.signed,
        "incremental": report.incremental,
        "seconds": seconds,
        "rows_per_second": rate(report.compared, seconds),
        "snapshot": lake.snapshot,
        "flags": "\n".join(report.flags),
        "preview": table(lake.query(_FIRST_ROWS, [report.view])),
    }
    if report.loss:
        told["loss"] = table(pa.Table.from_pylist([vars(item) for item in report.loss]), rows=200)
    return told | pictures(
        lake,
        similarity=lambda: similarities(lake, report.view, report.parameters["threshold"]),
        loss_plot=lambda: losses({item.dataset: item.share for item in report.loss}),
    )


def of_recall(found: Sequence[Recall]) -> Facts:
    """How many of the pairs that exist are in the lake, by view."""
    return {f"{each.view}/{name}": value for each in found for name, value in each.as_dict().items() if name != "view"}
