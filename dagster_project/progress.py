"""Progress of a step as lines in the log of its run."""

from __future__ import annotations

import time

import dagster as dg

SECONDS_BETWEEN_LINES = 10.0


class LogProgress:
    """Says in the log of a run how far a step is, at most every ten seconds."""

    def __init__(self, log: dg.DagsterLogManager) -> None:
        self._log = log
        self._label, self._unit, self._remark = "", "rows", ""
        self._total: float | None = None
        self._done = self._began = self._said = 0.0

    def start(self, label: str, total: float | None, unit: str = "rows") -> None:
        """Begin a piece of work."""
        self._label, self._total, self._unit, self._done = label, total, unit, 0.0
        self._remark = ""
        self._began = self._said = time.monotonic()

    def advance(self, amount: float) -> None:
        """So much more is done; written when the last line is old enough."""
        self._done += amount
        if time.monotonic() - self._said >= SECONDS_BETWEEN_LINES:
            self._said = time.monotonic()
            self._log.info(self._line())

    def tell(self, remark: str) -> None:
        """Said with the next line."""
        self._remark = f", {remark}"

    def finish(self) -> None:
        """The piece of work is over."""
        self._log.info(self._line())

    def _line(self) -> str:
        seconds = max(time.monotonic() - self._began, 1e-9)
        rate = self._done / seconds
        share = f" ({self._done / self._total:.0%})" if self._total else ""
        left = (
            f", {(self._total - self._done) / rate:,.0f} s left" if self._total and 0 < self._done < self._total else ""
        )
        return f"{self._label}: {self._done:,.0f} {self._unit}{share}, {rate:,.0f} {self._unit}/s{left}{self._remark}"
