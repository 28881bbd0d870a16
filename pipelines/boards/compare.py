"""Two subjects of a board: can they be told apart, and if not, what it would take."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from lake.errors import UnknownNameError, UsageError
from pipelines.boards.board import Computed
from pipelines.boards.gather import Subject
from pipelines.ranking.estimate import POINTS
from pipelines.ranking.intervals import Interval, around
from pipelines.ranking.paired import Pairing, cluster_sums, paired
from pipelines.ranking.power import Need, needed

APART = "cannot be told apart"


@dataclass(frozen=True)
class Comparison:
    """Two subjects of a board, first less second.

    - difference: with the interval of this pair by itself; simultaneous: with that of all pairs of the board at once.
    - verdict: which is better, or that they cannot be told apart; by the simultaneous interval.
    - need: what would tell a difference of this size from nothing.
    - benchmarks: paired tests on shared items, by benchmark.
    """

    first: str
    second: str
    difference: Interval
    simultaneous: Interval
    verdict: str
    need: Need
    benchmarks: dict[str, Pairing]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "first": self.first,
            "second": self.second,
            "difference": self.difference.as_dict(),
            "simultaneous": self.simultaneous.as_dict(),
            "verdict": self.verdict,
            "need": self.need.as_dict(),
            "benchmarks": {name: pairing.as_dict() for name, pairing in self.benchmarks.items()},
        }


def compare(computed: Computed, first: str, second: str) -> Comparison:
    """Compare two ranked subjects; raises UnknownNameError for others, UsageError where no errors are known."""
    for name in (first, second):
        if name not in computed.order:
            raise UnknownNameError.of("ranked subject", name, computed.order)
    if first == second:
        raise UsageError("A subject is compared with another one.").about(second)
    estimates, ranking, level = computed.estimates, computed.ranking, computed.board.level
    if estimates is None or ranking is None:
        raise UsageError("Nothing is known of the errors of these results.", hint=computed.board.errors)
    a, b = computed.order[first], computed.order[second]
    value = float(estimates.mean[a] - estimates.mean[b])
    error = float(estimates.differences()[a, b])
    half = float(ranking.half[a, b])
    verdict = f"{first} is better" if value > half else f"{second} is better" if -value > half else APART
    pair = (computed.ranked[a], computed.ranked[b])
    return Comparison(
        first,
        second,
        around(value, error**2, estimates.df, level=level),
        Interval(value, value - half, value + half),
        verdict,
        _need(computed, pair, value, a, b),
        _pairings(computed, pair, level),
    )


def _need(computed: Computed, pair: tuple[Subject, Subject], value: float, a: int, b: int) -> Need:
    estimates = computed.estimates
    assert estimates is not None
    sizes, per_item = [], 0.0
    _, items = computed.gathered.estimates(pair)
    for place, known in items.items():
        means = known.means()
        count = means.shape[1]
        difference = means[0] - means[1]
        sums = cluster_sums(difference - difference.mean(), known.groups)
        sizes.append(count)
        per_item += computed.gathered.weights[place] ** 2 * float((sums**2).sum()) / count * POINTS**2
    runs = 2 / (1 / estimates.runs[a] + 1 / estimates.runs[b])
    per_run = 0.0 if math.isnan(estimates.seed) else 2 * estimates.seed
    count = round(float(np.mean(sizes))) if sizes else 0
    return needed(value, per_item=per_item, items=count, per_run=per_run, runs=runs, level=computed.board.level)


def _pairings(computed: Computed, pair: tuple[Subject, Subject], level: float) -> dict[str, Pairing]:
    _, items = computed.gathered.estimates(pair)
    found = {}
    for place, known in items.items():
        first, second = known.means()
        found[computed.gathered.benchmarks[place]] = paired(first, second, known.groups, level=level)
    return found
