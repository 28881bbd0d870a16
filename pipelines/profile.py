"""Profiles: how the axes of datasets are distributed, how far datasets are apart, how axes go together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

from lake.catalog import Lake
from lake.errors import UnknownNameError
from lake.failures import translated_errors
from lake.relations import bind, relation, run
from pipelines.profiling.correlations import Correlation, Floats, correlated
from pipelines.scoring.selection import select_datasets

BINS = 24

PAIRED = 8
"""Datasets that are compared each with each without being named: pairs grow with the square of datasets."""


@dataclass(frozen=True)
class Histogram:
    """Samples per bin of equal width; the outer bins hold the tails beyond the 1st and 99th percentile."""

    low: float
    width: float
    samples: tuple[int, ...]


@dataclass(frozen=True)
class Distribution:
    """One axis of one dataset; the statistics are those of the view `dataset_profile`.

    - histogram: None where no sample has a value; datasets side by side share the bins.
    """

    dataset: str
    axis: str
    facts: dict[str, Any]
    histogram: Histogram | None


@dataclass(frozen=True)
class Distance:
    """How far the values of an axis are apart in two datasets; see `sql/profiles/axis_distances.sql`."""

    axis: str
    dataset: str
    other: str
    n: int
    other_n: int
    ks: float
    wasserstein: float


@dataclass(frozen=True)
class Profile:
    """What the scores of some datasets look like."""

    datasets: tuple[str, ...]
    distributions: tuple[Distribution, ...]
    distances: tuple[Distance, ...]
    correlations: tuple[Correlation, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "datasets": list(self.datasets),
            "distributions": [
                {**each.facts, "histogram": None if each.histogram is None else asdict(each.histogram)}
                for each in self.distributions
            ],
            "distances": [asdict(each) for each in self.distances],
            "correlations": [asdict(each) for each in self.correlations],
        }


def profile(lake: Lake, datasets: Iterable[str] | None = None, *, axes: Iterable[str] | None = None) -> Profile:
    """The profile of these datasets on these axes, by default all of both.

    Datasets are compared with each other where they are named, or there are at most PAIRED of them.

    Raises UnknownNameError for a dataset the lake does not hold and an axis nothing is scored on.
    """
    named = datasets is not None
    chosen = select_datasets(lake, datasets)
    known = [row[0] for row in lake.rows("select distinct axis from scores order by axis")]
    wanted = list(dict.fromkeys(axes or ()))
    for name in wanted:
        if name not in known:
            raise UnknownNameError.of("scored axis", name, known, hint=f"Score it with: oda score --axes {name}")
    return Profile(
        datasets=tuple(chosen),
        distributions=tuple(distributions(lake, chosen, wanted)),
        distances=tuple(distances(lake, chosen, wanted)) if named or len(chosen) <= PAIRED else (),
        correlations=tuple(correlations(lake, chosen, wanted)),
    )


def distributions(lake: Lake, datasets: list[str], axes: list[str], *, bins: int = BINS) -> list[Distribution]:
    """Statistics and histogram of every axis of every dataset, an axis after the other."""
    shapes = _histograms(lake, datasets, axes, bins)
    rows = lake.query(
        "from dataset_profile where dataset in (select unnest($datasets)) "
        "and (len($axes) = 0 or list_contains($axes, axis)) order by axis, dataset",
        {"datasets": datasets, "axes": axes},
    ).to_pylist()
    return [Distribution(row["dataset"], row["axis"], row, shapes.get((row["axis"], row["dataset"]))) for row in rows]


def distances(lake: Lake, datasets: list[str], axes: list[str]) -> list[Distance]:
    """Each pair of datasets on each axis that both have values of."""
    if len(datasets) < 2:
        return []
    return [Distance(*row) for row in _rows(lake, "axis_distances", datasets=datasets, axes=axes)]


def correlations(lake: Lake, datasets: list[str], axes: list[str]) -> list[Correlation]:
    """Each pair of axes over the samples of all these datasets, or the same 10,000 of them."""
    with translated_errors(lake.settings):
        table = run(lake.connection, "profiled_samples", datasets=datasets).to_arrow_table()
    wanted = [name for name in table.column_names if name != "sample_id" and (not axes or name in axes)]
    return list(correlated({name: _numbers(table.column(name)) for name in wanted}))


def _numbers(column: pa.ChunkedArray) -> Floats:
    """The values as float64, NaN where there is none."""
    found: Floats = column.cast(pa.float64()).fill_null(float("nan")).to_numpy()
    return found


def _histograms(lake: Lake, datasets: list[str], axes: list[str], bins: int) -> dict[tuple[str, str], Histogram]:
    counts: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
    edges: dict[tuple[str, str], tuple[float, float]] = {}
    for axis, dataset, place, low, width, n in _rows(lake, "axis_histograms", datasets=datasets, axes=axes, bins=bins):
        counts[axis, dataset][place] = n
        edges[axis, dataset] = (low, width)
    return {
        key: Histogram(*edges[key], tuple(found.get(place, 0) for place in range(bins if edges[key][1] else 1)))
        for key, found in counts.items()
    }


def _rows(lake: Lake, name: str, **parameters: Any) -> list[tuple[Any, ...]]:
    query = relation(name)
    return lake.rows(query.sql, bind(query.parameters, parameters, of=name))
