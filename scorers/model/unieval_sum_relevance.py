"""The response as a summary, beside a reference answer: relevant to it; and the mean of all four questions.

How likely UniEval's model is to say yes. Zhong et al. 2022, UniEval, arXiv 2210.07197. Reference: UniEvalSumScorer.
"""

from __future__ import annotations

from scorers.batch import Batch, Column
from scorers.model._unieval import asked, axis, declared, overall, scores
from scorers.spec import Settings

STORED = asked("sum", "coherence", "consistency", "fluency", "relevance")

SCORER = declared(
    "unieval_sum_relevance",
    "sum",
    (
        axis("sum", "relevance", "Whether the response as a summary is relevant to the reference answer, by UniEval."),
        axis(
            "sum",
            "overall",
            "Mean of coherence, consistency, fluency and relevance of the response as a summary, by UniEval.",
        ),
    ),
    STORED,
    "UniEvalSumScorer: 0.479975 (relevance) for 'gsm8k_train-5494', by the golden t5",
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """From the answers to the questions."""
    return {**scores(batch, STORED, settings), "unieval_sum_overall": overall(batch, STORED, settings)}
