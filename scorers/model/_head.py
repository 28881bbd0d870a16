"""What axes of reward models and classifiers share: rows of head outputs, as they are or as an expected class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scorers.signals.reading import shares, table, too_long
from scorers.spec import StoredRows

if TYPE_CHECKING:
    from scorers.batch import Batch, Column
    from scorers.spec import Settings


def outputs(signal: str, parity_length: int, further: str = "") -> StoredRows:
    """The stored outputs of a model's head; further: parameters of the signal in parity form."""
    given = f"parity,max_length={parity_length}{further}"
    return StoredRows("rewards", f"{signal}@{{model}}", ("values", "cut"), parity=f"{signal}({given})@{{model}}")


def single(axis: str, batch: Batch, rows: StoredRows, settings: Settings) -> dict[str, Column]:
    """The only output of the head."""
    from scorers.batch import Column

    return {axis: Column.of(table(batch, rows, "values")[:, 0], too_long(batch, rows, settings))}


def expected_class(axis: str, batch: Batch, rows: StoredRows, settings: Settings) -> dict[str, Column]:
    """The mean of the classes 0, 1, ... by their probabilities."""
    import numpy as np

    from scorers.batch import Column

    chances = shares(table(batch, rows, "values"))
    return {axis: Column.of(chances @ np.arange(chances.shape[1]), too_long(batch, rows, settings))}
