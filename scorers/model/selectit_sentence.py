"""SelectIT: the mark a model gives the response, by five questions, less where they disagree.

    e = sum over r = 1 ... 5 of r p(r) / (p(1) + ... + p(5)), p of the token after the question
    score = mean e / (1 + alpha deviation of e), over the questions

Liu et al. 2024, arXiv 2402.16705. Reference: SelectitSentenceScorer.
"""

from __future__ import annotations

from scorers.batch import Batch, Column
from scorers.model._selectit import ALPHA, CORRECTIONS, QUESTIONS, marks, ratings
from scorers.signals.reading import CUT, model_option, too_long
from scorers.spec import Axis, Scorer, Settings

ASKED = ratings(5, parity_length=512)

SCORER = Scorer(
    name="selectit_sentence",
    version="1",
    axes=(
        Axis(
            "selectit_sentence",
            "Mark from 1 to 5 that a model gives the response, over five wordings of the question.",
            range=(1, 5),
            direction="higher",
        ),
    ),
    reads=(),
    stored=ASKED,
    options=(model_option("qwen3-8b"), ALPHA, QUESTIONS, CUT),
    corrections=CORRECTIONS,
    model="qwen3-8b",
    citation="arXiv 2402.16705",
    reference="SelectitSentenceScorer: 2.609760 for 'edge-code-bare', by the golden causal_llama",
    cost_us=1.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """From the distribution after each question."""
    absences = [absence for rows in ASKED for absence in too_long(batch, rows, settings)]
    return {"selectit_sentence": Column.of(marks(batch, ASKED, settings["alpha"]), absences)}
