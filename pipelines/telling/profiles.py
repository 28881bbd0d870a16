"""What is told of the axes of datasets: statistics, means over time, pictures; and how far datasets are apart."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict

import pyarrow as pa

from lake.catalog import Lake
from lake.transactions import reading
from pipelines.pictures.histograms import blocks, lengths
from pipelines.pictures.matrix import matrix
from pipelines.profile import Distribution, correlations, distances, distributions
from pipelines.scoring.selection import select_datasets
from pipelines.telling.shown import Facts, pictures, table

_BINS = 16
_FARTHEST = 20
_ABREAST = 24
_LARGEST = "select dataset from datasets order by rows desc, dataset_no limit ?"
_SHOWN = ("axis", "n", "coverage", "missing", "mean", "sd", "minimum", "p05", "p25", "median", "p75", "p95", "maximum")


def of_profile(lake: Lake, dataset: str) -> Facts:
    """Facts of every axis of a dataset, with lengths and correlations as pictures."""
    with reading(lake.connection):
        return _of_profile(lake, dataset)


def _of_profile(lake: Lake, dataset: str) -> Facts:
    began = time.monotonic()
    found = distributions(lake, [dataset], [], bins=_BINS)
    rows = [each.facts for each in found]
    covered = [row["coverage"] for row in rows if row["coverage"] is not None]
    told: Facts = {
        "dagster/row_count": len(rows),
        "coverage": sum(covered) / len(covered) if covered else None,
        "seconds": time.monotonic() - began,
        "snapshot": lake.snapshot,
        **{f"mean/{row['axis']}": row["mean"] for row in rows},
    }
    if found:
        told["profile"] = table(_statistics(found), rows=len(found))
    return told | pictures(
        lake,
        lengths=lambda: lengths(lake, dataset),
        correlations=lambda: matrix(
            {(pair.axis, pair.other): pair.spearman for pair in correlations(lake, [dataset], [])},
            f"rank correlation of axes in {dataset}",
            signed=True,
        ),
    )


def _statistics(found: Iterable[Distribution]) -> pa.Table:
    """A row an axis: its histogram in blocks, from the 1st to the 99th percentile, and statistics."""
    rows = [
        {
            "axis": each.axis,
            "histogram": blocks(each.histogram.samples) if each.histogram else None,
            **{name: each.facts[name] for name in _SHOWN[1:]},
            "calibration": each.facts["calibration"],
        }
        for each in found
    ]
    made = pa.Table.from_pylist(rows)
    return made if any(row["calibration"] for row in rows) else made.drop_columns(["calibration"])


def of_comparison(lake: Lake, names: list[str]) -> Facts:
    """How far datasets are apart, each from each: those named, or the largest."""
    began = time.monotonic()
    largest = [name for (name,) in lake.rows(_LARGEST, [_ABREAST])]
    chosen = select_datasets(lake, names or largest)
    found = sorted(distances(lake, chosen, []), key=lambda pair: -pair.ks)
    by_pair: dict[tuple[str, str], list[float]] = defaultdict(list)
    for pair in found:
        by_pair[pair.dataset, pair.other].append(pair.ks)
    told: Facts = {
        "dagster/row_count": len(found),
        "datasets": len(chosen),
        "seconds": time.monotonic() - began,
        "snapshot": lake.snapshot,
    }
    if found:
        farthest = pa.Table.from_pylist([asdict(pair) for pair in found[:_FARTHEST]])
        told["farthest"] = table(farthest, rows=_FARTHEST)
    means = {pair: sum(values) / len(values) for pair, values in by_pair.items()}
    words = "mean Kolmogorov-Smirnov distance over axes"
    return told | pictures(lake, plot=lambda: matrix(means, words, signed=False))
