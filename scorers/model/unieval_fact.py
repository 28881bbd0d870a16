"""Whether what the response says is consistent with the instruction.

How likely UniEval's model for facts is to say yes; the mean over sentences.
Zhong et al. 2022, UniEval, arXiv 2210.07197. Reference: UniEvalFactScorer.
"""

from __future__ import annotations

from scorers.batch import Batch, Column
from scorers.model._unieval import asked, axis, declared, scores
from scorers.spec import Settings

STORED = asked("fact", "consistency")

SCORER = declared(
    "unieval_fact",
    "fact",
    (
        axis(
            "fact",
            "consistency",
            "Whether the response's sentences are facts consistent with the instruction, by UniEval.",
        ),
    ),
    STORED,
    "UniEvalFactScorer: 0.516341 for 'gsm8k_train-5494', by the golden t5",
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """From the answers to the questions."""
    return scores(batch, STORED, settings)
