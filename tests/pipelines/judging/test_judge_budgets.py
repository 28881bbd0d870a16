"""Which samples are put to a judge, and what that may cost: plans, limits, samples, budgets."""

from __future__ import annotations

import pytest
from scoring_lake import fill, scores

from lake.catalog import Lake
from pipelines.deriving.share import Budget, Share
from pipelines.score import plan, score
from scorers.judging.asking import asked_of
from scorers.judging.question import question

pytestmark = pytest.mark.slow


def many(lake: Lake, n: int = 40) -> None:
    fill(lake, "one", [(f"question number {number:03}", "x") for number in range(n)])


def test_a_limit_takes_the_first_and_the_next_run_the_next(judged) -> None:
    lake, server = judged()
    many(lake)
    planned = plan(lake, axes=["q_clarity"], share=Share(limit=10))
    assert [(each.to_run, each.held) for each in planned.inputs] == [(10, 0)]
    assert plan(lake, axes=["q_clarity"]).inputs[0].to_run == 40
    (first,) = score(lake, axes=["q_clarity"], share=Share(limit=10)).inputs
    assert len(server.requests) == 10
    assert (first.kinds[0].derived, first.kinds[0].skipped, first.saved) == (10, 0, 0)
    assert [row[0] & 63 for row in scores(lake, "q_clarity")] == list(range(10))
    (second,) = score(lake, axes=["q_clarity"], share=Share(limit=10)).inputs
    assert (second.kinds[0].derived, second.kinds[0].skipped, second.saved) == (10, 10, 10)
    assert [row[0] & 63 for row in scores(lake, "q_clarity")] == list(range(20))
    score(lake, axes=["q_clarity"])
    assert len(server.requests) == 40


def test_a_sample_is_the_same_in_every_run_and_part_of_a_larger_one(judged) -> None:
    lake, server = judged()
    many(lake)
    fill(lake, "two", [(f"other {number}", "x") for number in range(5)], number=2)
    score(lake, axes=["q_clarity"], share=Share(sample=6, seed=7))
    drawn = {row[0] for row in scores(lake, "q_clarity")}
    assert len(drawn) == 6 + 5
    score(lake, axes=["q_clarity", "q_coherence"], share=Share(sample=6, seed=7))
    assert len(server.requests) == 11
    assert {row[0] for row in scores(lake, "q_coherence")} == drawn
    score(lake, axes=["q_clarity"], share=Share(sample=12, seed=7))
    larger = {row[0] for row in scores(lake, "q_clarity")}
    assert drawn < larger
    assert len(larger) == 17
    other = plan(lake, axes=["q_clarity"], share=Share(sample=12, seed=8))
    assert 0 < sum(each.to_run for each in other.inputs) <= 12


@pytest.mark.parametrize("budget", [{"tokens": 12_000}, {"price": 0.012}])
def test_a_run_stops_before_its_budget_is_passed_and_goes_on_with_another(judged, budget) -> None:
    lake, server = judged()
    many(lake)
    report = score(lake, axes=["q_clarity", "q_coherence"], budget=Budget(**budget))
    (asked,) = report.inputs
    assert asked.stopped.startswith("The budget of")
    assert 8 < asked.computed == len(server.requests) < 40
    spent = asked.calls.price if "price" in budget else asked.calls.prompt_tokens + asked.calls.generated_tokens
    allowed = next(iter(budget.values()))
    assert 0.8 * allowed < spent <= allowed
    assert asked.calls.tokens_per_second > 0
    counts = {each.axis: (each.scored, each.waiting) for each in report.axes}
    assert counts == dict.fromkeys(("q_clarity", "q_coherence"), (asked.computed, 40 - asked.computed))
    again = score(lake, axes=["q_clarity", "q_coherence"])
    assert len(server.requests) == 40
    assert again.inputs[0].saved == asked.computed
    assert again.inputs[0].stopped == ""


def test_a_budget_of_nothing_asks_nothing_more_than_it_has_to(judged) -> None:
    lake, server = judged()
    many(lake)
    report = score(lake, axes=["q_clarity"], budget=Budget(tokens=1))
    assert len(server.requests) == 8  # what one costs is known after the first few only
    assert report.inputs[0].stopped


def test_a_plan_says_tokens_and_price_before_anything_is_asked(judged) -> None:
    lake, server = judged()
    many(lake)
    fill(lake, "two", [("Tell me a story.", "x"), ("What is 3 + 4?", "x")], number=2)
    first, second = plan(lake, axes=["q_clarity"]).inputs
    takes = first.forecast
    assert takes is not None
    characters = len(asked_of(question("judge_q"), "question number 001", ""))
    assert (takes.texts, takes.read, takes.error) == (40, 40 * (characters // 4), 0.0)
    assert takes.written == 40 * 6 * 12
    assert takes.price == pytest.approx((takes.read * 1.0 + takes.written * 4.0) / 1e6)
    assert takes.seconds is None
    assert second.forecast is not None
    assert second.forecast.texts == 2
    (only,) = [each for each in plan(lake, axes=["q_math_difficulty"]).inputs if each.dataset == "two"]
    assert only.forecast is not None
    assert only.forecast.written == 60  # of the two, one is a problem of mathematics
    score(lake, axes=["q_clarity"], share=Share(limit=10))
    again = plan(lake, axes=["q_clarity"]).inputs[0].forecast
    assert again is not None
    assert again.written == 30 * 2  # as the judge answered so far
    assert len(server.requests) == 10
