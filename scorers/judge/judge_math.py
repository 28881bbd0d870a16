"""The difficulty of a problem of mathematics by a judge, on the scale of competitions, 1 to 10.

The question, with a call of its own, is `scorers/judging/questions/judge_math.md`; the version
names its hash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scorers.judge._rated import JUDGE, answers, rated, rating
from scorers.spec import Scorer, Settings

if TYPE_CHECKING:
    from scorers.batch import Batch, Column

ANSWERS = answers("judge_math")
KEYS = {
    "q_math_difficulty": "score",
}

SCORER = Scorer(
    name="judge_math",
    version="1",
    axes=(
        rating(
            "q_math_difficulty",
            "How hard a problem is, on the scale of mathematics competitions, by a judge.",
            harder=True,
        ),
    ),
    reads=(),
    stored=(ANSWERS,),
    options=(JUDGE,),
    citation="Guha et al. 2025, arXiv 2506.04178",
    reference="judge Q_Math_Difficulty",
    cost_us=1.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:  # noqa: ARG001 - the judge is in the stored rows
    """The ratings of the stored answers."""
    return rated(batch, ANSWERS, KEYS)
