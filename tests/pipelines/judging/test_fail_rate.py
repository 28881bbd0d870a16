"""How often a model fails: its answers are checked by the kind of reference."""

from __future__ import annotations

import json

import pytest
from judging import KEY, part
from scoring_lake import fill, scores

from lake.catalog import Lake
from pipelines.deriving.share import Budget
from pipelines.ingest import ingest
from pipelines.score import score
from scorers.engines.interface import EngineError

pytestmark = pytest.mark.slow


def solver(prompt: str) -> str:
    """Right about 12 + 30, wrong about the capital, a program for sums; as a judge: the same if it says Berlin."""
    if "===== ATTEMPT =====" in prompt:
        return json.dumps({"same": "Berlin" in part(prompt, "ATTEMPT")})
    if "12 + 30" in prompt:
        return "12 + 30 = 42. The final answer is \\boxed{42}"
    if "capital" in prompt:
        return "The final answer is Bonn"
    if "add" in prompt:
        return "```python\ndef add(a, b):\n    return a + b\n```"
    return "It became Berlin after a long debate in the parliament."


TASKS = [
    ("What is 12 + 30?", "42"),
    ("Which city is the capital of Germany?", "Berlin"),
    ("Write add, which adds two numbers.", "assert add(2, 3) == 5\nassert add(-1, 1) == 0"),
    ("Which city did the seat of government move to, and why?", "Berlin, after a vote of the parliament in 1991"),
    ("Tell a story", None),
]


def with_references(lake: Lake, tasks: list[tuple[str, str | None]] = TASKS) -> None:
    fill(lake, "one", [(instruction, "x") for instruction, _ in tasks])
    for instruction, reference in tasks:
        lake.transact(
            lambda c, r=reference, i=instruction: c.execute(
                "update samples set reference_answer = ? where instruction = ?", [r, i]
            ),
            message="reference",
        )


def test_the_fail_rate_is_checked_by_kind_of_reference(judged) -> None:
    lake, server = judged(solver)
    with_references(lake)
    options = {"fail_rate": {"model": "small"}}
    score(lake, axes=["fail_rate"], options=options)
    assert len(server.requests) == 5
    assert {request["n"] for request in server.requests} == {4}
    found = scores(lake, "fail_rate")
    assert [row[3] for row in found] == [0.0, 1.0, None, None, None]
    assert [str(row[5]).removeprefix("verdicts of check(code=False)@small: ") for row in found[2:]] == [
        "its reference is a program: allow it to be run with --option fail_rate.run_code=true",
        "its reference is free text: name a judge with --option fail_rate.judge=MODEL",
        "the sample has no reference answer",
    ]
    kept = lake.rows('select verifier, status, "right", attempts, agreed from verdicts order by sample_id')
    assert kept[:2] == [("mathematics", "ok", 4, 4, [True] * 4), ("exact", "ok", 0, 4, [False] * 4)]
    score(lake, axes=["fail_rate"], options=options)
    assert len(server.requests) == 5


def test_programs_run_in_the_sandbox_and_free_texts_go_to_a_judge_where_that_is_allowed(judged) -> None:
    lake, server = judged(solver)
    with_references(lake)
    score(lake, axes=["fail_rate"], options={"fail_rate": {"model": "small", "run_code": "true", "judge": "small"}})
    assert [row[3] for row in scores(lake, "fail_rate")] == [0.0, 1.0, 0.0, 0.0, None]
    assert len(server.requests) == 5 + 4  # the answers once, a verdict for each of the free text
    assert lake.rows("select verdict, verifier from verdicts where verifier = 'judge'") == [
        ("check(code=True,judge=small)@small", "judge")
    ]


def test_equal_instructions_with_other_references_are_asked_once_and_checked_apart(judged) -> None:
    lake, server = judged(solver)
    fill(lake, "one", [("What is 12 + 30?", "x"), ("What is 12 + 30?", "x")])
    lake.transact(
        lambda c: c.execute("update samples set reference_answer = case when row_no = 0 then '42' else '43' end"),
        message="references",
    )
    score(lake, axes=["fail_rate"], options={"fail_rate": {"model": "small"}})
    assert len(server.requests) == 1
    assert [row[3] for row in scores(lake, "fail_rate")] == [0.0, 1.0]


def test_an_answer_that_could_not_be_had_is_a_failure_that_is_tried_again(judged) -> None:
    lake, server = judged(solver)
    with_references(lake, TASKS[:2])
    server.answer = lambda prompt: 1 / 0 if "capital" in prompt else solver(prompt)  # the connection breaks
    options = {"fail_rate": {"model": "small"}}
    score(lake, axes=["fail_rate"], options=options)
    assert [row[3:5] for row in scores(lake, "fail_rate")] == [(0.0, "ok"), (None, "failed")]
    assert "no answer in 6 tries" in scores(lake, "fail_rate")[1][5]
    server.answer = solver
    score(lake, axes=["fail_rate"], options=options, retry_failed=True)
    assert [row[3] for row in scores(lake, "fail_rate")] == [0.0, 1.0]


def test_verdicts_outlive_the_replacement_of_their_dataset(judged, tmp_path) -> None:
    lake, server = judged(solver)
    source = tmp_path / "tasks.jsonl"
    rows = [{"problem": asked, "solution": "x", "answer": reference} for asked, reference in TASKS[:4]]
    source.write_text("\n".join(map(json.dumps, rows)))
    ingest(lake, source)
    options = {"fail_rate": {"model": "small", "judge": "small"}}
    score(lake, axes=["fail_rate"], options=options)
    asked = len(server.requests)
    assert lake.rows("select count(*) from verdicts where verifier = 'judge'") == [(1,)]
    # Another reference to the first question, one question more, the rest in another order.
    rows = [*reversed(rows[1:]), {**rows[0], "answer": "43"}, {"problem": "What is 12 + 30 again?", "answer": "42"}]
    source.write_text("\n".join(map(json.dumps, rows)))
    assert ingest(lake, source).status == "replaced"
    assert lake.rows("select count(*) from verdicts") == [(3,)]
    score(lake, axes=["fail_rate"], options=options)
    assert len(server.requests) == asked + 1
    assert [row[3] for row in scores(lake, "fail_rate")] == [0.0, None, 1.0, 1.0, 0.0]


def test_a_budget_ends_a_judge_of_verdicts_and_a_larger_one_goes_on(judged) -> None:
    lake, server = judged(solver)
    tasks = [(f"Which city did seat {n} move to, and why?", "Berlin, after a long vote in 1991") for n in range(40)]
    with_references(lake, tasks)
    options = {"fail_rate": {"model": "small", "judge": "small"}}
    score(lake, axes=["fail_rate"], options={"fail_rate": {"model": "small"}})
    assert len(server.requests) == 40
    # Of 20,000 tokens; a sample takes four calls, so what is left is not for as many samples as calls.
    report = score(lake, axes=["fail_rate"], options=options, budget=Budget(tokens=11_000))
    (asked,) = (each for each in report.inputs if each.stopped)
    spent = asked.calls.prompt_tokens + asked.calls.generated_tokens
    assert 8 < asked.computed < 40
    assert 0.8 * 11_000 < spent <= 11_000
    score(lake, axes=["fail_rate"], options=options)
    assert len(server.requests) == 40 + 4 * 40
    assert [row[3] for row in scores(lake, "fail_rate")] == [0.0] * 40


def test_a_verdict_that_cannot_be_read_is_asked_once_more_and_its_words_are_kept(judged) -> None:
    lake, server = judged(solver)
    with_references(lake, TASKS[3:4])
    options = {"fail_rate": {"model": "small", "judge": "small"}}
    verdicts = 0

    def at_second(prompt: str) -> str:
        nonlocal verdicts
        if "===== ATTEMPT =====" not in prompt:
            return solver(prompt)
        verdicts += 1
        return "well, perhaps" if verdicts <= 4 else solver(prompt)

    server.answer = at_second
    score(lake, axes=["fail_rate"], options=options)
    assert [row[3:5] for row in scores(lake, "fail_rate")] == [(0.0, "ok")]
    assert verdicts == 8
    # One that never can be: NULL, with what was said, and no key.
    fill(lake, "two", [("Why did the seat of government move elsewhere?", "x")], number=2)
    lake.transact(
        lambda c: c.execute(
            "update samples set reference_answer = 'Berlin, after a long vote in 1991' where dataset = 'two'"
        ),
        message="reference",
    )
    server.answer = lambda prompt: f"well, {KEY}" if "===== ATTEMPT =====" in prompt else solver(prompt)
    score(lake, axes=["fail_rate"], options=options)
    kept = lake.rows("select status, detail, \"right\" from verdicts where dataset = 'two'")
    assert kept[0][0] == "unparsable"
    assert kept[0][2] is None
    assert "it said: well, " in kept[0][1]
    assert KEY not in kept[0][1]


def test_equal_content_with_an_equal_reference_is_judged_once_over_all_datasets(judged) -> None:
    lake, server = judged(solver)
    question, reference = TASKS[3]
    fill(lake, "one", [(question, "x"), (question, "x"), (question, "x")])
    lake.transact(
        lambda c: c.execute(
            "update samples set reference_answer = if(row_no < 2, $r, 'Bonn, after a vote of 1949')", {"r": reference}
        ),
        message="references",
    )
    options = {"fail_rate": {"model": "small", "judge": "small"}}
    judge = lambda: sum("===== ATTEMPT =====" in str(request) for request in server.requests)  # noqa: E731
    score(lake, axes=["fail_rate"], options=options)
    assert judge() == 4 * 2
    # A dataset that comes later takes the verdict that there is, of the same reference only.
    fill(lake, "two", [(question, "x"), (question, "x")], number=2)
    lake.transact(
        lambda c: c.execute(
            "update samples set reference_answer = if(row_no = 0, $r, 'Rome, after a vote of 1871') where dataset = 'two'",
            {"r": reference},
        ),
        message="references",
    )
    score(lake, axes=["fail_rate"], options=options)
    assert judge() == 4 * 3
    assert lake.rows('select sample_id % 10, "right" from verdicts order by sample_id') == [
        (sample % 10, 4) for (sample,) in lake.rows("select sample_id from samples order by sample_id")
    ]
    assert [row[3] for row in scores(lake, "fail_rate")] == [0.0] * 5


def test_a_judge_that_goes_away_keeps_the_verdicts_that_came_before(judged) -> None:
    lake, server = judged(solver)
    tasks = [(f"Which city did seat {n} move to, and why?", "Berlin, after a long vote in 1991") for n in range(12)]
    with_references(lake, [*tasks, TASKS[0]])
    score(lake, axes=["fail_rate"], options={"fail_rate": {"model": "small"}})
    verdicts = 0

    def dies(prompt: str) -> str:
        nonlocal verdicts
        verdicts += 1
        if verdicts == 30:
            server.key = "changed"  # from now on every request is refused
        return solver(prompt)

    server.answer = dies
    options = {"fail_rate": {"model": "small", "judge": "small"}}
    with pytest.raises(EngineError, match="refuses the key"):
        score(lake, axes=["fail_rate"], options=options)
    way = "verdict = 'check(code=False,judge=small)@small'"
    kept = lake.rows(f"select count(*), count(*) filter (verifier = 'mathematics') from verdicts where {way}")[0]
    assert 1 < kept[0] < 13
    assert kept[1] == 1
    assert lake.rows(f"select distinct status from verdicts where {way}") == [("ok",)]
    server.key = KEY
    score(lake, axes=["fail_rate"], options=options)
    assert [row[3] for row in scores(lake, "fail_rate")] == [0.0] * 13
    assert verdicts < 2 * 48
