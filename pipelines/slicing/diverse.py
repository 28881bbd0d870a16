"""Greedy choices of diverse vectors: k-center and facility location, each within a budget.

Vectors have length 1, so the squared distance of two is 2 less twice their cosine. Ties go to the smaller row.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]
Vectors = npt.NDArray[np.float32]
Advance = Callable[[int], None]

EQUAL = 1e-6
"""Squared distance at which two vectors are the same but for rounding."""

EPSILON = 0.1
"""What stochastic greedy may lose, as a share of the best."""

_TILE = 2048
_AGAIN = 64
"""Rows looked at again in one product, which costs little more than one of them."""


@dataclass(frozen=True)
class Picked:
    """Rows in the order they were picked, and what each was worth then.

    - worth: for k-center the distance to the nearest row picked before (infinite for the first), for facility location
      what it adds to the mean similarity of all rows to their nearest picked one, 0 to 1.
    """

    rows: Longs
    worth: Floats


def k_center(vectors: Vectors, costs: Floats, budget: float, *, advance: Advance = lambda _: None) -> Picked:
    """Pick row 0, then again and again the row farthest from all picked ones, until the next is beyond the budget.

    The largest distance to a picked row is at most twice the smallest possible for as many rows (Gonzalez 1985). Rows
    that equal a picked one are not picked.
    """
    nearest = np.full(len(vectors), np.inf, np.float32)
    rows: list[int] = []
    worth: list[float] = []
    pick, spent = 0, 0.0
    while len(rows) < len(vectors) and nearest[pick] > EQUAL and spent + costs[pick] <= budget:
        rows.append(pick)
        worth.append(math.sqrt(nearest[pick]))
        spent += costs[pick]
        np.minimum(nearest, np.maximum(2 - 2 * (vectors @ vectors[pick]), 0), out=nearest)
        nearest[pick] = 0
        pick = int(nearest.argmax())
        advance(1)
    return Picked(np.array(rows, np.int64), np.array(worth))


def facility_location(
    vectors: Vectors,
    costs: Floats,
    budget: float,
    *,
    ground: int,
    seed: int = 0,
    lazy: bool = True,
    advance: Advance = lambda _: None,
) -> Picked:
    """Pick the row that adds most, for its cost, to how near all rows are to a picked one, while the budget lasts.

    Near is (1 + cosine) / 2; the first `ground` rows stand for all. With equal costs the result reaches 1 - 1/e of the
    best (Nemhauser, Wolsey, Fisher 1978). Lazy (Minoux 1978) looks again only at rows that may be the best;
    otherwise each pick is the best of some rows drawn by the seed, which costs EPSILON of the best in the mean
    (Mirzasoleiman et al. 2015).
    """
    near = _Near(vectors, ground)
    picks = _lazily(near, costs, budget, advance) if lazy else _by_chance(near, costs, budget, seed, advance)
    return Picked(np.array([row for row, _ in picks], np.int64), np.array([gain for _, gain in picks]))


class _Near:
    """How near each row of the ground is to what was picked, and what others would add."""

    def __init__(self, vectors: Vectors, ground: int) -> None:
        self.vectors = vectors
        self.ground = np.ascontiguousarray(vectors[:ground])
        self.covered = np.zeros(len(self.ground), np.float32)

    def gains(self, rows: Longs) -> Floats:
        """What each of these rows would add to the mean."""
        found = np.empty(len(rows))
        for begun in range(0, len(rows), _TILE):
            tile = self.vectors[rows[begun : begun + _TILE]]
            found[begun : begun + len(tile)] = np.maximum(self._similar(tile) - self.covered, 0).mean(
                axis=1, dtype=np.float64
            )
        return found

    def take(self, row: int) -> None:
        """Count a row as picked."""
        np.maximum(self.covered, self._similar(self.vectors[row : row + 1])[0], out=self.covered)

    def _similar(self, tile: Vectors) -> Vectors:
        similar = (1 + tile @ self.ground.T) / 2
        return similar.astype(np.float32, copy=False)


def _lazily(near: _Near, costs: Floats, budget: float, advance: Advance) -> list[tuple[int, float]]:
    gains = near.gains(np.arange(len(near.vectors)))
    heap = [(-gain / cost, row, gain, 0) for row, (gain, cost) in enumerate(zip(gains, costs, strict=True))]
    heapq.heapify(heap)
    picks: list[tuple[int, float]] = []
    spent = 0.0
    while heap:
        again: list[int] = []
        while heap and len(again) < _AGAIN and (not again or heap[0][3] < len(picks)):
            _, row, gain, seen = heapq.heappop(heap)
            if spent + costs[row] > budget:
                continue  # what is left of the budget never grows
            if seen < len(picks):
                again.append(row)
                continue
            if gain <= EQUAL:
                return picks
            near.take(row)
            picks.append((row, gain))
            spent += costs[row]
            advance(1)
        for row, now in zip(again, near.gains(np.array(again, np.int64)), strict=True):
            heapq.heappush(heap, (-now / costs[row], row, float(now), len(picks)))
    return picks


def _by_chance(near: _Near, costs: Floats, budget: float, seed: int, advance: Advance) -> list[tuple[int, float]]:
    random = np.random.default_rng(seed)
    left = np.arange(len(near.vectors))
    expected = max(1.0, budget / max(float(costs.mean()), 1e-12))
    drawn = max(1, math.ceil(len(left) / expected * math.log(1 / EPSILON)))
    picks: list[tuple[int, float]] = []
    spent = 0.0
    while len(left := left[costs[left] <= budget - spent]):
        rows = np.sort(random.choice(left, min(drawn, len(left)), replace=False))
        gains = near.gains(rows)
        best = int((gains / costs[rows]).argmax())
        if gains[best] <= EQUAL:
            left = np.setdiff1d(left, rows, assume_unique=True)  # what adds nothing never will
            continue
        row = int(rows[best])
        near.take(row)
        picks.append((row, float(gains[best])))
        spent += costs[row]
        left = left[left != row]
        advance(1)
    return picks
