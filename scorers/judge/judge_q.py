"""Six ratings of an instruction by a judge, from 1 to 10.

One call of the judge gives all; the question is `scorers/judging/questions/judge_q.md`; the version
names its hash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scorers.judge._rated import JUDGE, REPORT, answers, rated, rating
from scorers.spec import Scorer, Settings

if TYPE_CHECKING:
    from scorers.batch import Batch, Column

ANSWERS = answers("judge_q")
KEYS = {
    "q_clarity": "clarity",
    "q_coherence": "coherence",
    "q_completeness": "completeness",
    "q_complexity": "complexity",
    "q_correctness": "correctness",
    "q_meaningfulness": "meaningfulness",
}

SCORER = Scorer(
    name="judge_q",
    version="1",
    axes=(
        rating("q_clarity", "How easily the instruction is understood, by a judge."),
        rating("q_coherence", "Whether the parts of the instruction agree, by a judge."),
        rating("q_completeness", "Whether the instruction holds what is needed to answer it, by a judge."),
        rating("q_complexity", "How much knowledge and reasoning an answer takes, by a judge.", harder=True),
        rating("q_correctness", "Whether the premises of the instruction are true, by a judge."),
        rating("q_meaningfulness", "What a model can learn from answering the instruction, by a judge."),
    ),
    reads=(),
    stored=(ANSWERS,),
    options=(JUDGE,),
    citation=REPORT,
    reference="judge Q_All",
    cost_us=1.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:  # noqa: ARG001 - the judge is in the stored rows
    """The ratings of the stored answers."""
    return rated(batch, ANSWERS, KEYS)
