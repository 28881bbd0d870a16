"""The response as a text made from data: natural.

How likely UniEval's model is to say yes. Zhong et al. 2022, UniEval, arXiv 2210.07197. Reference: UniEvalD2tScorer.
"""

from __future__ import annotations

from scorers.batch import Batch, Column
from scorers.model._unieval import asked, axis, declared, scores
from scorers.spec import Settings

STORED = asked("d2t", "naturalness")

SCORER = declared(
    "unieval_d2t",
    "d2t",
    (axis("d2t", "naturalness", "Whether the response is a fluent utterance, by UniEval."),),
    STORED,
    "UniEvalD2tScorer: 0.411554 (naturalness) for 'gsm8k_train-5494', by the golden t5",
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """From the answers to the questions."""
    return scores(batch, STORED, settings)
