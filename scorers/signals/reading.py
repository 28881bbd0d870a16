"""Reading stored signals: what every axis of a model has in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lake.values import RESOURCE
from scorers.spec import Option, StoredRows

if TYPE_CHECKING:
    from scorers.batch import Absence, Batch, Floats
    from scorers.spec import Settings

CUT = Option("cut", False, "whether a text longer than the model reads has the value of what fits; else it is too_long")
NULLS = "what the reference stores for a failure (0, 3, -1, -100) is NULL with a status, in parity form too"
NFC = "NFC text, so that equal content has equal scores"
WHOLE = "a text longer than the model reads is too_long, not the value of its beginning; the option cut gives it"
SCAFFOLD = "what is too long loses the end of its content, never the scaffold of the prompt"


def model_option(default: str, name: str = "model") -> Option:
    """The model whose signals are read."""
    return Option(name, default, "a model that oda models lists, or a folder of weights", RESOURCE)


def floats(batch: Batch, rows: StoredRows, column: str) -> Floats:
    """float64[n]; NaN where there is none."""
    import numpy as np
    import pyarrow as pa

    found: Floats = batch.stored(rows, column).cast(pa.float64()).to_numpy(zero_copy_only=False)
    return np.asarray(found)


def table(batch: Batch, rows: StoredRows, column: str) -> Floats:
    """float64[n, k] of a column of lists that have k numbers each."""
    import numpy as np

    found = batch.stored(rows, column)
    values = found.flatten().to_numpy(zero_copy_only=False).astype(np.float64)
    return values.reshape(len(found), -1) if len(found) else np.zeros((0, 1))


def too_long(batch: Batch, rows: StoredRows, settings: Settings) -> list[Absence]:
    """Samples of which the model did not read all, unless the settings take what fits."""
    import numpy as np

    from scorers.batch import Absence

    if settings["parity"] or settings["cut"]:
        return []
    cut = np.nan_to_num(floats(batch, rows, "cut")) > 0
    return [Absence(cut, "too_long", "the text is longer than the model reads")]


def without_response(batch: Batch, rows: StoredRows, column: str = "answer_tokens") -> Absence:
    """Samples of whose response no token was read."""
    import numpy as np

    from scorers.batch import Absence

    return Absence(np.isnan(floats(batch, rows, column)), "not_applicable", "no token of a response was read")


def shares(logits: Floats) -> Floats:
    """Softmax over the last dimension."""
    import numpy as np

    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    found: Floats = powers / powers.sum(axis=-1, keepdims=True)
    return found
