"""What it would take to tell two models apart: items and training runs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import stats


@dataclass(frozen=True)
class Need:
    """What would tell a difference from nothing, with 80 % power at 5 %.

    - items: items of each benchmark, with the runs there are; None where no number of them is enough.
    - runs: training runs of each model, with the items there are; None where no number of them is enough.
    """

    items: int | None
    runs: int | None

    def as_dict(self) -> dict[str, int | None]:
        """Plain values, for JSON."""
        return {"items": self.items, "runs": self.runs}


def needed(
    difference: float,
    *,
    per_item: float,
    items: int,
    per_run: float,
    runs: float,
    level: float = 0.95,
    power: float = 0.8,
) -> Need:
    """Items and runs at which a difference of this size would be found.

    - per_item: variance of the difference of one item; 0 where items are taken as given.
    - per_run: variance of the difference of one run of each model; 0 where it is not known.
    """
    if difference == 0:
        return Need(None, None)
    z = float(stats.norm.ppf(0.5 + level / 2) + stats.norm.ppf(power))
    wanted = (difference / z) ** 2
    from_items = per_item / items if items else 0.0
    from_runs = per_run / runs if runs else 0.0
    return Need(_enough(per_item, wanted - from_runs), _enough(per_run, wanted - from_items))


def _enough(variance: float, left: float) -> int | None:
    if variance <= 0 or left <= 0:
        return None
    return max(2, math.ceil(variance / left - 1e-9))
