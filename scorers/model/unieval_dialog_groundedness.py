"""The response as a turn of a dialogue with a context: grounded in it, engaging; and the mean of the questions.

The context is the entry `context` of a sample's meta. How likely UniEval's model is to say yes; of engagingness the sum
over sentences. Zhong et al. 2022, UniEval, arXiv 2210.07197. Reference: UniEvalDialogScorer.
"""

from __future__ import annotations

from scorers.batch import Batch, Column
from scorers.model._unieval import asked, axis, declared, overall, scores
from scorers.spec import Settings

STORED = asked("dialog", "naturalness", "coherence", "engagingness", "groundedness", "understandability")

SCORER = declared(
    "unieval_dialog_groundedness",
    "dialog",
    (
        axis("dialog", "groundedness", "Whether the response is consistent with the facts of a context, by UniEval."),
        axis(
            "dialog", "engagingness", "Sum over sentences of how engaging the response is given a context, by UniEval."
        ),
        axis(
            "dialog",
            "overall",
            "Mean of naturalness, coherence, groundedness and understandability of the response, by UniEval.",
        ),
    ),
    STORED,
    "UniEvalDialogScorer: 0.462672 (groundedness) for 'gsm8k_train-5494', by the golden t5",
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """From the answers to the questions."""
    return {**scores(batch, STORED, settings), "unieval_dialog_overall": overall(batch, STORED, settings)}
