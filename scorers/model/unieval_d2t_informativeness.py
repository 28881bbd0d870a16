"""The response as a text made from data, beside a reference answer: informative; and the mean of both questions.

How likely UniEval's model is to say yes. Zhong et al. 2022, UniEval, arXiv 2210.07197. Reference: UniEvalD2tScorer.
"""

from __future__ import annotations

from scorers.batch import Batch, Column
from scorers.model._unieval import asked, axis, declared, overall, scores
from scorers.spec import Settings

STORED = asked("d2t", "naturalness", "informativeness")

SCORER = declared(
    "unieval_d2t_informativeness",
    "d2t",
    (
        axis("d2t", "informativeness", "Whether the response is informative beside the reference answer, by UniEval."),
        axis("d2t", "overall", "Mean of naturalness and informativeness of the response, by UniEval."),
    ),
    STORED,
    "UniEvalD2tScorer: 0.478962 (informativeness) for 'gsm8k_train-5494', by the golden t5",
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """From the answers to the questions."""
    return {**scores(batch, STORED, settings), "unieval_d2t_overall": overall(batch, STORED, settings)}
