"""What a scorer of whole datasets is given and what it returns: a collection of samples, a measure of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator
from copy import copy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar, cast

import numpy as np
import numpy.typing as npt

from scorers.batch import Batch, Column, Floats, Mask

if TYPE_CHECKING:
    import pyarrow as pa

    from scorers.spec import StoredRows

T = TypeVar("T")

Vectors = npt.NDArray[np.float32]
Longs = npt.NDArray[np.int64]

Texts = Callable[[int], Iterator[Batch]]
"""The first so many samples as batches of texts."""


class Signals(Protocol):
    """Stored signals of models, as a scorer of whole datasets reads them."""

    def stream(self, rows: StoredRows, column: str) -> Iterator[pa.Array]:
        """The values of every sample of the dataset that has one, part by part, in no order that means anything."""

    def column(self, rows: StoredRows, column: str, *, cut: bool = False) -> Column:
        """The outcome of every row of the collection; cut: take what fits of a text that is too long."""

    def after(self, rows: StoredRows, column: str, *, cut: bool = False) -> Column:
        """The same of every row after its example, of rows that the scorer declares as paired."""


class Collection:
    """A whole dataset: the vectors of its samples, its texts, and what has been derived from them so far.

    - vectors: float32[n, d], a row per sample that has a vector; may lie on disk. Every row has a direction, see
      `scorers.sets.directions`.
    - samples: samples of the dataset, with and without a vector.
    - subset: the vectors of a slice, by its name.
    - signals: stored signals of models.
    - threads: cores to use.

    Rows and texts come in an order that looks random, depends on contents only and not on their order in the
    dataset, so that the first m are a reproducible random sample. Derived parts are computed once and shared.
    """

    def __init__(
        self,
        vectors: Vectors,
        *,
        samples: int | None = None,
        texts: Texts | None = None,
        subset: Callable[[str], Vectors] | None = None,
        signals: Signals | None = None,
        threads: int = 1,
    ) -> None:
        self.vectors = vectors
        self.samples = len(vectors) if samples is None else samples
        self.threads = threads
        self._texts = texts
        self._subset = subset
        self._signals = signals
        self._derived: dict[Hashable, Any] = {}

    def __len__(self) -> int:
        return len(self.vectors)

    def texts(self, most: int) -> Iterator[Batch]:
        """The first `most` samples as batches of texts, of those with and without a vector."""
        return iter(()) if self._texts is None else self._texts(most)

    def subset(self, name: str) -> Vectors:
        """The vectors of a slice; raises UnknownNameError when there is no such slice."""
        if self._subset is None:
            raise ValueError("this collection knows no subsets")
        return self._subset(name)

    def reading(self, signals: Signals) -> Collection:
        """The same rows with these signals; what has been derived from them is shared."""
        found = copy(self)
        found._signals = signals
        return found

    @property
    def signals(self) -> Signals:
        """Stored signals of models; those that the scorer declares.

        Raises ValueError for one that it does not declare.
        """
        if self._signals is None:
            raise ValueError("this collection knows no signals")
        return self._signals

    def derive(self, compute: Callable[..., T], *arguments: Hashable) -> T:
        """`compute(collection, *arguments)`, from memory where some scorer asked before."""
        key = (compute, *arguments)
        if key not in self._derived:
            self._derived[key] = compute(self, *arguments)
        return cast("T", self._derived[key])


@dataclass(frozen=True)
class DatasetScore:
    """The outcome of one axis for a collection.

    - n: samples it was computed from.
    - facts: further results, as plain values.
    - column: an outcome per row, for an axis of samples; the value is then their mean.
    - unbounded: the range its axis declares is not that of these settings.
    """

    value: float | None
    n: int
    facts: dict[str, Any] = field(default_factory=dict)
    status: str = "ok"
    reason: str | None = None
    column: Column | None = None
    unbounded: bool = False

    @classmethod
    def of(cls, value: float, n: int, *, column: Column | None = None, unbounded: bool = False, **facts: Any) -> Self:
        """A value; one that is not finite becomes `failed`."""
        if not math.isfinite(value):
            return cls(None, n, facts, "failed", "the result is not a finite number")
        return cls(float(value), n, facts, column=column, unbounded=unbounded)

    def within(self, low: float | None, high: float | None) -> DatasetScore:
        """The measure in the range its axis declares.

        Rounding, up to a millionth of the bound it passes (or of 1), is taken back to the bound, and the fact
        `rounded_from` tells the value; anything farther out is a fault of the scorer and becomes `failed`.
        """
        if self.value is None or self.unbounded:
            return self
        bounds = np.array([-np.inf if low is None else low, np.inf if high is None else high])
        column = self.column and _within(self.column, bounds)
        nearest = float(np.clip(self.value, *bounds))
        if _beyond(np.array([self.value]), bounds)[0]:
            return DatasetScore(None, self.n, self.facts, "failed", _beyond_reason(bounds, self.value))
        facts = self.facts if nearest == self.value else {**self.facts, "rounded_from": self.value}
        return replace(self, value=nearest, facts=facts, column=column)

    @classmethod
    def absent(cls, reason: str, n: int = 0, *, status: str = "not_applicable") -> Self:
        """No value, and why."""
        return cls(None, n, {}, status, reason)


_ROUNDING = 1e-6


def _beyond(values: Floats, bounds: Floats) -> Mask:
    """Which values lie farther outside than rounding explains."""
    nearest = np.clip(values, *bounds)
    found: Mask = np.abs(values - nearest) > _ROUNDING * np.maximum(1.0, np.abs(nearest))
    return found


def _beyond_reason(bounds: Floats, value: float | None = None) -> str:
    shown = "the result" if value is None else f"the result {value:.9g}"
    return f"{shown} lies outside the range {bounds[0]:g} to {bounds[1]:g}"


def _within(column: Column, bounds: Floats) -> Column:
    """A column with the values taken back that rounding put outside; those farther out have failed."""
    wrong = (column.codes == 0) & _beyond(column.values, bounds)
    codes, absences = column.codes, column.absences
    if wrong.any():
        absences = (*absences, ("failed", _beyond_reason(bounds)))
        codes = np.where(wrong, np.int32(len(absences)), codes)
    return Column(np.clip(column.values, *bounds), codes, absences)
