"""What is known of how far the axes of judges can be trusted: calibrated, and how well, or not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from lake.catalog import Lake
from lake.relations import run


@dataclass(frozen=True)
class State:
    """One version of an axis: samples scored with it, and its calibration; the last four are None without one."""

    axis: str
    scorer_version: str
    samples: int
    state: str
    n: int | None
    kappa: float | None
    alpha: float | None
    youden: float | None
    against: str | None
    created: dt.datetime | None

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


UNCALIBRATED = "uncalibrated"


def state_of(known: Iterable[State], axis: str, versions: Iterable[str]) -> str | None:
    """What to show beside these versions of an axis: the worst of them; None for an axis of no judge."""
    found = {each.state for each in known if each.axis == axis and each.scorer_version in versions}
    return UNCALIBRATED if UNCALIBRATED in found else ", ".join(sorted(found)) or None


def states(lake: Lake) -> list[State]:
    """Every version of an axis that a judge scored or that was calibrated, by axis."""
    return [State(*row) for row in run(lake.connection, "calibration_states").fetchall()]
