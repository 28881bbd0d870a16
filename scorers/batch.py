"""What a scorer is given and what it returns: a batch with shared derived columns, a column of outcomes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from scorers import views

if TYPE_CHECKING:
    from scorers.spec import StoredRows

T = TypeVar("T")

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_WIDE = {pa.string(): pa.large_string(), pa.binary(): pa.large_binary()}


class Batch:
    """Samples as Arrow columns, and what has been derived from them so far.

    One thread uses a batch. A derived column is computed on first use and shared by every scorer of the run.
    Strings have 64-bit offsets, so that a batch of long texts cannot overflow.
    """

    def __init__(self, data: pa.RecordBatch | pa.Table) -> None:
        self._data = data
        self._derived: dict[Hashable, Any] = {}

    def __len__(self) -> int:
        return int(self._data.num_rows)

    def column(self, name: str) -> pa.Array:
        """A column of `samples` as one Arrow array of n values."""
        return self.derive(_column, name)

    def stored(self, rows: StoredRows, column: str) -> pa.Array:
        """A column of stored rows that the scorer declares; a sample without a value never comes here."""
        return self.column(rows.named(column))

    def text(self, view: str = "sample", *, raw: bool = False) -> pa.Array:
        """The text of a view, see `scorers.views`."""
        return self.derive(views.text, view, raw)

    def derive(self, compute: Callable[..., T], *arguments: Hashable) -> T:
        """`compute(batch, *arguments)`, from memory where some scorer asked before."""
        key = (compute, *arguments)
        if key not in self._derived:
            self._derived[key] = compute(self, *arguments)
        return cast("T", self._derived[key])

    def row(self, index: int) -> Batch:
        """One sample as a batch of its own."""
        return Batch(self._data.slice(index, 1))

    def take(self, rows: npt.NDArray[np.int64]) -> Batch:
        """These samples as a batch of their own."""
        return Batch(self._data.take(pa.array(rows)))


def _column(batch: Batch, name: str) -> pa.Array:
    array = batch._data.column(name)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    return array.cast(_WIDE.get(array.type, array.type))


@dataclass(frozen=True)
class Absence:
    """Rows without a value: where, with which status, and why."""

    where: Mask
    status: str
    reason: str


@dataclass(frozen=True)
class Column:
    """The outcomes of one axis for n samples.

    - values: float64[n]; meaningless where there is no value.
    - codes: int32[n]; 0 = value, k = no value because of `absences[k - 1]`.
    - absences: (status, reason) pairs.
    """

    values: Floats
    codes: npt.NDArray[np.int32]
    absences: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, values: npt.ArrayLike, absences: Iterable[Absence] = ()) -> Self:
        """Values, and the rows that have none; the first absence that covers a row counts.

        A value that is not finite and not covered becomes `failed`: NaN never reaches a table.
        """
        numbers = np.array(values, dtype=np.float64)
        codes = np.zeros(len(numbers), dtype=np.int32)
        pairs: list[tuple[str, str]] = []
        not_finite = Absence(~np.isfinite(numbers), "failed", "the result is not a finite number")
        for absence in (*absences, not_finite):
            rows = absence.where & (codes == 0)
            if rows.any():
                pairs.append((absence.status, absence.reason))
                codes[rows] = len(pairs)
        return cls(numbers, codes, tuple(pairs))

    @classmethod
    def concat(cls, columns: list[Column]) -> Column:
        """The outcomes of several batches, in order."""
        pairs: dict[tuple[str, str], int] = {}
        codes = []
        for column in columns:
            mapped = [0] + [pairs.setdefault(pair, len(pairs) + 1) for pair in column.absences]
            codes.append(np.array(mapped, dtype=np.int32)[column.codes])
        return Column(np.concatenate([c.values for c in columns]), np.concatenate(codes), tuple(pairs))

    def take(self, rows: npt.NDArray[np.int64]) -> Column:
        """The outcomes of these rows."""
        return Column(self.values[rows], self.codes[rows], self.absences)

    def causes(self) -> list[Absence]:
        """Its absences, as another column of the same rows takes them over."""
        return [Absence(self.codes == code, *pair) for code, pair in enumerate(self.absences, 1)]

    def outcome(self, row: int) -> tuple[float | None, str, str | None]:
        """One row as (value, status, reason)."""
        code = int(self.codes[row])
        return (float(self.values[row]), "ok", None) if code == 0 else (None, *self.absences[code - 1])

    def __len__(self) -> int:
        return len(self.values)
