"""What the three axes of SelectIT share: marks from 1 to 5, by several questions, less where they disagree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lake.kinds import Real
from lake.values import RESOURCE
from scorers.signals.reading import NFC, NULLS, SCAFFOLD, WHOLE, shares, table
from scorers.spec import Option, StoredRows

if TYPE_CHECKING:
    from scorers.batch import Batch, Floats

ALPHA = Option("alpha", 0.2, "how much the disagreement of the questions lowers the mark", Real(0, 100))
QUESTIONS = Option("questions", "", "a file of questions, a line each; empty for the project's own", RESOURCE)

CORRECTIONS = (
    "the questions are ours; the option questions takes those of the paper's repository",
    "the digit's own token where a tokenizer puts a space in front; the reference then finds 3 for every sample",
    SCAFFOLD,
    WHOLE,
    NULLS,
    NFC,
)


def ratings(questions: int, model: str = "model", parity_length: int = 2048) -> tuple[StoredRows, ...]:
    """The stored ratings by the first so many questions, of the model that an option names."""
    return tuple(
        StoredRows(
            "ratings",
            f"rating_{number}(questions={{questions}})@{{{model}}}",
            ("log_probabilities", "cut"),
            parity=f"rating_{number}(parity,max_length={parity_length},questions={{questions}})@{{{model}}}",
        )
        for number in range(1, questions + 1)
    )


def marks(batch: Batch, asked: Sequence[StoredRows], alpha: float) -> Floats:
    """M / (1 + alpha s): mean m and population deviation s, over the questions, of the expected marks."""
    import numpy as np

    expected = np.stack([shares(table(batch, rows, "log_probabilities")) @ np.arange(1, 6) for rows in asked])
    found: Floats = expected.mean(0) / (1 + alpha * expected.std(0))
    return found
