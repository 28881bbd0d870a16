"""Seven ratings of an instruction with its response by a judge, from 1 to 10.

One call of the judge gives all; the question is `scorers/judging/questions/judge_qa.md`; the version
names its hash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scorers.judge._rated import JUDGE, REPORT, answers, rated, rating
from scorers.spec import Scorer, Settings

if TYPE_CHECKING:
    from scorers.batch import Batch, Column

ANSWERS = answers("judge_qa")
KEYS = {
    "qa_clarity": "clarity",
    "qa_coherence": "coherence",
    "qa_completeness": "completeness",
    "qa_complexity": "complexity",
    "qa_correctness": "correctness",
    "qa_meaningfulness": "meaningfulness",
    "qa_relevance": "relevance",
}

SCORER = Scorer(
    name="judge_qa",
    version="1",
    axes=(
        rating("qa_clarity", "How easily instruction and response are understood, by a judge."),
        rating("qa_coherence", "Whether the response follows from the instruction and is consistent, by a judge."),
        rating("qa_completeness", "Whether the response covers everything asked, by a judge."),
        rating(
            "qa_complexity",
            "How much knowledge and reasoning the example contains, by a judge.",
            harder=True,
        ),
        rating("qa_correctness", "Whether the response is true and does what it claims, by a judge."),
        rating("qa_meaningfulness", "What a model learns from the example, by a judge."),
        rating("qa_relevance", "Whether the response answers this instruction and keeps to it, by a judge."),
    ),
    reads=(),
    stored=(ANSWERS,),
    options=(JUDGE,),
    citation=REPORT,
    reference="judge QA_All",
    cost_us=1.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:  # noqa: ARG001 - the judge is in the stored rows
    """The ratings of the stored answers."""
    return rated(batch, ANSWERS, KEYS)
