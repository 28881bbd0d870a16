"""The response as a turn of a dialogue: natural, coherent with what was said, understandable.

How likely UniEval's model is to say yes. Zhong et al. 2022, UniEval, arXiv 2210.07197. Reference: UniEvalDialogScorer.
"""

from __future__ import annotations

from scorers.batch import Batch, Column
from scorers.model._unieval import asked, axis, declared, scores
from scorers.spec import Settings

STORED = asked("dialog", "naturalness", "coherence", "understandability")

SCORER = declared(
    "unieval_dialog",
    "dialog",
    (
        axis("dialog", "naturalness", "Whether the response is natural in a dialogue, by UniEval."),
        axis("dialog", "coherence", "Whether the response is coherent with the dialogue so far, by UniEval."),
        axis("dialog", "understandability", "Whether the response is understandable in a dialogue, by UniEval."),
    ),
    STORED,
    "UniEvalDialogScorer: 0.421705 (naturalness) for 'gsm8k_train-5494', by the golden t5",
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """From the answers to the questions."""
    return scores(batch, STORED, settings)
