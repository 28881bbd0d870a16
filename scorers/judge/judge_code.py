"""The difficulty of a task of programming by a judge, on the scale of contests, 1 to 10.

The question, with a call of its own, is `scorers/judging/questions/judge_code.md`; the version
names its hash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scorers.judge._rated import JUDGE, answers, rated, rating
from scorers.spec import Scorer, Settings

if TYPE_CHECKING:
    from scorers.batch import Batch, Column

ANSWERS = answers("judge_code")
KEYS = {
    "q_code_difficulty": "score",
}

SCORER = Scorer(
    name="judge_code",
    version="1",
    axes=(
        rating(
            "q_code_difficulty", "How hard a task is, on the scale of programming contests, by a judge.", harder=True
        ),
    ),
    reads=(),
    stored=(ANSWERS,),
    options=(JUDGE,),
    citation="Guha et al. 2025, arXiv 2506.04178",
    reference="judge Q_Code_Difficulty",
    cost_us=1.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:  # noqa: ARG001 - the judge is in the stored rows
    """The ratings of the stored answers."""
    return rated(batch, ANSWERS, KEYS)
