"""What boards say together: agreement of base models, and which axes order datasets as training does."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lake.catalog import Lake
from lake.relations import run as run_relation
from pipelines.boards.board import compute
from pipelines.boards.gather import OVERALL, Which, boards
from pipelines.ranking.agreement import Agreement, agreement
from pipelines.ranking.intervals import Interval

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class BaseAgreement:
    """How far two base models order the same subjects alike, by one measure."""

    measure: str
    first: str
    second: str
    agreement: Agreement

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {"measure": self.measure, "first": self.first, "second": self.second, **self.agreement.as_dict()}


@dataclass(frozen=True)
class AxisFinding:
    """How far an axis orders subjects as their gains do.

    - agreement: over all pairs; certain: decision accuracy on pairs that the board tells apart, of `certain_pairs`.
    - holm: p of no correlation, corrected for all axes looked at (Holm).
    """

    axis: str
    kind: str
    measure: str
    agreement: Agreement
    certain: Interval
    certain_pairs: int
    holm: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "axis": self.axis,
            "kind": self.kind,
            "measure": self.measure,
            **self.agreement.as_dict(),
            "p_holm": self.holm,
            "accuracy_told_apart": self.certain.as_dict(),
            "pairs_told_apart": self.certain_pairs,
        }


def measures(lake: Lake, which: Which) -> list[str]:
    """Overall and the domains of a board."""
    rows = lake.rows(
        "select distinct measure from leaderboard where base = ? and origin = ? and grouping = ? and level = 'domain' "
        "order by 1",
        [which.base, which.origin, which.grouping],
    )
    return [OVERALL, *(str(row[0]) for row in rows)]


def deltas(lake: Lake, which: Which) -> dict[str, float]:
    """Gain over the base model by subject, of the subjects that have every benchmark; scores where there is no base."""
    return _deltas_by_measure(lake, which).get(which.measure, {})


def _deltas_by_measure(lake: Lake, which: Which) -> dict[str, dict[str, float]]:
    rows = lake.rows(
        "select measure, subject, coalesce(delta_base, score) from leaderboard where base = ? and origin = ? "
        "and recipe = ? and grouping = ? and role = 'trained' and benchmarks = expected and score is not null",
        [which.base, which.origin, which.recipe, which.grouping],
    )
    found: dict[str, dict[str, float]] = {}
    for measure, subject, delta in rows:
        found.setdefault(str(measure), {})[str(subject)] = float(delta)
    return found


def base_agreements(lake: Lake, origin: str, grouping: str, *, level: float = 0.95) -> list[BaseAgreement]:
    """Agreement of every two boards of an origin on the subjects both have, by measure."""
    known = [
        Which(board["base"], board["origin"], board["recipe"], grouping)
        for board in boards(lake)
        if board["origin"] == origin
    ]
    known.sort(key=lambda which: (which.base, which.recipe))
    gains = [_deltas_by_measure(lake, which) for which in known]
    found = []
    for place, first in enumerate(known):
        for after, second in enumerate(known[place + 1 :], place + 1):
            for measure in measures(lake, first):
                one, other = (gains[board].get(measure, {}) for board in (place, after))
                shared = sorted(one.keys() & other.keys())
                if shared:
                    made = agreement(_values(one, shared), _values(other, shared), level=level)
                    found.append(BaseAgreement(measure, _name(first, known), _name(second, known), made))
    return found


def axis_findings(lake: Lake, which: Which, *, level: float = 0.95) -> list[AxisFinding]:
    """Every axis and cheap proxy against the gains of a board by its measure, the best order first."""
    computed = compute(lake, which, level=level)
    gains = deltas(lake, which)
    subjects = sorted(gains)
    certain = np.zeros((len(subjects),) * 2, dtype=bool)
    if computed.ranking is not None:
        places = [computed.order[subject] for subject in subjects]
        above = computed.ranking.above[np.ix_(places, places)]
        certain = above | above.T
    truth = _values(gains, subjects)
    found = []
    for (axis, kind), values in sorted(axes_of(lake, which).items()):
        guess = np.array([values.get(subject, math.nan) for subject in subjects])
        if np.isfinite(guess).sum() < 3 or np.nanmax(guess) == np.nanmin(guess):
            continue
        sure = agreement(guess, truth, level=level, certain=certain)
        found.append(
            AxisFinding(axis, kind, which.measure, agreement(guess, truth, level=level), sure.accuracy, sure.pairs)
        )
    return sorted(_corrected(found), key=lambda item: -(item.agreement.accuracy.value or 0.0))


def axes_of(lake: Lake, which: Which) -> dict[tuple[str, str], dict[str, float]]:
    """Values of every axis and cheap proxy by subject; keys are the axis and where its values come from."""
    rows = run_relation(lake.connection, "subject_axes", origin=which.origin).fetchall()
    axes: dict[tuple[str, str], dict[str, float]] = {}
    for subject, axis, kind, value in rows:
        if value is not None:
            axes.setdefault((axis, kind), {})[subject] = float(value)
    for board in boards(lake):
        if board["origin"] == which.origin and board["base"] != which.base:
            other = Which(board["base"], board["origin"], board["recipe"], which.grouping, which.measure)
            axes[f"gain of {board['base']}", "proxy"] = deltas(lake, other)
    return axes


def _corrected(found: Sequence[AxisFinding]) -> list[AxisFinding]:
    """The same with p-values corrected after Holm (1979) for all axes with one."""
    tried = sorted((item for item in found if item.agreement.p is not None), key=lambda item: item.agreement.p or 0.0)
    holm, largest = {}, 0.0
    for place, item in enumerate(tried):
        largest = max(largest, min(1.0, (item.agreement.p or 0.0) * (len(tried) - place)))
        holm[item.axis, item.kind] = largest
    return [
        AxisFinding(
            item.axis, item.kind, item.measure, item.agreement, item.certain, item.certain_pairs,
            holm.get((item.axis, item.kind)),
        )
        for item in found
    ]  # fmt: skip


def _values(by_subject: dict[str, float], subjects: Sequence[str]) -> Floats:
    return np.array([by_subject[subject] for subject in subjects])


def _name(which: Which, known: Sequence[Which]) -> str:
    alone = sum(other.base == which.base for other in known) == 1
    return which.base if alone else f"{which.base} ({which.recipe})"
