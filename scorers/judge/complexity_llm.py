"""The complexity of an instruction by a judge that gives its reason first, 1 to 10.

The question, with a call of its own, is `scorers/judging/questions/judge_complexity.md`; the version
names its hash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scorers.judge._rated import JUDGE, REPORT, answers, rated, rating
from scorers.spec import Scorer, Settings

if TYPE_CHECKING:
    from scorers.batch import Batch, Column

ANSWERS = answers("judge_complexity")
KEYS = {
    "complexity_llm": "score",
}

SCORER = Scorer(
    name="complexity_llm",
    version="1",
    axes=(rating("complexity_llm", "How complex the instruction is, by a judge that reasons first.", harder=True),),
    reads=(),
    stored=(ANSWERS,),
    options=(JUDGE,),
    citation=REPORT,
    reference="ComplexityScorer",
    cost_us=1.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:  # noqa: ARG001 - the judge is in the stored rows
    """The ratings of the stored answers."""
    return rated(batch, ANSWERS, KEYS)
