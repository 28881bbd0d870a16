"""SelectIT: the mark a model gives the response, by one question.

    e = sum over r = 1 ... 5 of r p(r) / (p(1) + ... + p(5)), p of the token after the question
    score = e

Liu et al. 2024, arXiv 2402.16705. Reference: SelectitTokenScorer.
"""

from __future__ import annotations

from scorers.batch import Batch, Column
from scorers.model._selectit import CORRECTIONS, QUESTIONS, marks, ratings
from scorers.signals.reading import CUT, model_option, too_long
from scorers.spec import Axis, Scorer, Settings

ASKED = ratings(1, parity_length=2048)

SCORER = Scorer(
    name="selectit_token",
    version="1",
    axes=(
        Axis(
            "selectit_token",
            "Mark from 1 to 5 that a model gives the response by its next token.",
            range=(1, 5),
            direction="higher",
        ),
    ),
    reads=(),
    stored=ASKED,
    options=(model_option("qwen3-8b"), QUESTIONS, CUT),
    corrections=CORRECTIONS,
    model="qwen3-8b",
    citation="arXiv 2402.16705",
    reference="SelectitTokenScorer: 2.579107 for 'edge-code-bare', by the golden causal_llama",
    cost_us=1.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """From the distribution after the question."""
    absences = [absence for rows in ASKED for absence in too_long(batch, rows, settings)]
    return {"selectit_token": Column.of(marks(batch, ASKED, 0.0), absences)}
