"""Whether the ratings of a judge depend on the order in which they are asked for."""

from __future__ import annotations

import json

import pytest
from judging import Q, part
from scoring_lake import fill

from lake.errors import UsageError
from pipelines.deriving.share import Share
from pipelines.judge_order import judge_order
from pipelines.score import score

pytestmark = pytest.mark.slow


def test_a_judge_that_follows_the_order_of_its_rubric_is_found_out(judged) -> None:
    """One that gives a point more to what is asked first: clarity goes down when it comes last, and nothing is fair."""

    def answer(prompt: str) -> str:
        places = [prompt.index(f"## {name}\n") for name in Q]
        order = sorted(range(len(Q)), key=lambda place: places[place])
        base = 3 + len(part(prompt)) % 4
        return json.dumps({Q[place]: base + (2 if rank == 0 else 0) for rank, place in enumerate(order)})

    lake, server = judged(answer)
    fill(lake, "one", [("a" * n, "x") for n in range(1, 21)])
    score(lake, axes=["q_clarity"], share=Share(sample=12))
    report = judge_order(lake, "q_clarity", share=Share(sample=12))
    assert len(server.requests) == 24  # the ratings of the first way were there
    assert (report.judgement, report.n) == ("judge_q@small", 12)
    moved = {name: (each.shift.value, each.moved, each.shift.biased) for name, each in report.ratings.items()}
    assert moved["clarity"] == (-2.0, 1.0, True)
    assert moved["meaningfulness"] == (2.0, 1.0, True)
    assert moved["coherence"] == (0.0, 0.0, False)
    judge_order(lake, "q_clarity", share=Share(sample=12))
    assert len(server.requests) == 24
    for axis in ("complexity_llm", "mtld", "fail_rate"):
        with pytest.raises(UsageError, match="not one of several ratings"):
            judge_order(lake, axis)
