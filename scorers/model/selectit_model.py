"""SelectIT by two models: the weighted mean of the marks that each gives the response.

    weight selectit_sentence of the first model + (1 - weight) that of the second

Liu et al. 2024, arXiv 2402.16705. Reference: SelectitModelScorer.
"""

from __future__ import annotations

from lake.values import FRACTION
from scorers.batch import Batch, Column
from scorers.model._selectit import ALPHA, CORRECTIONS, QUESTIONS, marks, ratings
from scorers.signals.reading import CUT, model_option, too_long
from scorers.spec import Axis, Option, Scorer, Settings

FIRST, SECOND = (ratings(5, name, parity_length=512) for name in ("model", "other"))

SCORER = Scorer(
    name="selectit_model",
    version="1",
    axes=(
        Axis(
            "selectit_model",
            "Mark from 1 to 5 that two models give the response, over five wordings of the question.",
            range=(1, 5),
            direction="higher",
        ),
    ),
    reads=(),
    stored=(*FIRST, *SECOND),
    options=(
        model_option("qwen3-8b"),
        model_option("qwen2.5-7b-instruct", "other"),
        Option("weight", 0.5, "of the first model", FRACTION),
        ALPHA,
        QUESTIONS,
        CUT,
    ),
    corrections=(*CORRECTIONS, "two models, whose weights add up to one"),
    model="qwen3-8b, qwen2.5-7b-instruct",
    citation="arXiv 2402.16705",
    reference="SelectitModelScorer: 2.734853 for 'edge-code-bare', by two golden models",
    cost_us=1.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """From the distributions after each question."""
    first, second = (marks(batch, asked, settings["alpha"]) for asked in (FIRST, SECOND))
    values = settings["weight"] * first + (1 - settings["weight"]) * second
    absences = [absence for rows in (*FIRST, *SECOND) for absence in too_long(batch, rows, settings)]
    return {"selectit_model": Column.of(values, absences)}
