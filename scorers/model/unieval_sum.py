"""The response as a summary of the instruction: coherent, consistent with it, fluent.

How likely UniEval's model is to say yes; of consistency and fluency the mean over sentences.
Zhong et al. 2022, UniEval, arXiv 2210.07197. Reference: UniEvalSumScorer.
"""

from __future__ import annotations

from scorers.batch import Batch, Column
from scorers.model._unieval import asked, axis, declared, scores
from scorers.spec import Settings

STORED = asked("sum", "coherence", "consistency", "fluency")

SCORER = declared(
    "unieval_sum",
    "sum",
    (
        axis("sum", "coherence", "Whether the response is a coherent summary of the instruction, by UniEval."),
        axis("sum", "consistency", "Whether the response's sentences are consistent with the instruction, by UniEval."),
        axis("sum", "fluency", "Whether the response's sentences are fluent, by UniEval."),
    ),
    STORED,
    "UniEvalSumScorer: 0.472225 (coherence) for 'gsm8k_train-5494', by the golden t5",
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """From the answers to the questions."""
    return scores(batch, STORED, settings)
