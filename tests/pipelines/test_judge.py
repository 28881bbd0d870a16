"""Axes of judges end to end: recorded answers through a loopback server, stored, read, scored."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from judging import FACTS, KEY, Q, by_length, know, part, rating
from lakes import lay
from loopback import Loopback, loopback
from scoring_lake import fill, scores

from lake.catalog import Lake
from lake.errors import OdaError, UnknownNameError, UsageError
from lake.settings import Settings
from pipelines.deriving.share import Budget, Share
from pipelines.judge_order import judge_order
from pipelines.score import plan, score
from scorers.engines.interface import EngineError
from scorers.engines.openai import pace
from scorers.judging.asking import asked_of
from scorers.judging.question import question

pytestmark = pytest.mark.slow

Opened = Callable[..., tuple[Lake, Loopback]]

Q_AXES = ["q_clarity", "q_coherence", "q_completeness", "q_complexity", "q_correctness", "q_meaningfulness"]
QA_AXES = [
    "qa_clarity",
    "qa_coherence",
    "qa_completeness",
    "qa_complexity",
    "qa_correctness",
    "qa_meaningfulness",
    "qa_relevance",
]
PAIRS = [("aaaa", "bbbb"), ("a" * 12, "b" * 20), ("aaaa", "bbbb"), ("solo " * 4, None), ("", "orphan")]


@pytest.fixture
def judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opened]:
    """A lake with its judge behind a server: `judged(answer, **facts)`."""
    monkeypatch.setenv("JUDGE_TEST_KEY", KEY)
    monkeypatch.setattr(pace, "_FIRST", 0.01)
    opened: list[object] = []

    def make(answer: Callable[[str], str] = by_length, **facts: str) -> tuple[Lake, Loopback]:
        context = loopback(answer, key=KEY)
        server = context.__enter__()
        folder = know(tmp_path / "models", server, **facts)
        lake = Lake.open(Settings.load(home=lay(tmp_path / "home"), threads=2, models=[folder], judge="small"))
        opened.extend((lake, context))
        return lake, server

    yield make
    for each in reversed(opened):
        each.__exit__(None, None, None)  # type: ignore[attr-defined]


def stored(lake: Lake, columns: str = "status, detail, answer::varchar, attempts") -> list[tuple[object, ...]]:
    return lake.rows(f"select {columns} from judgements order by judgement, answer::varchar, detail")


def test_thirteen_axes_are_two_calls_a_sample_and_equal_content_is_asked_once(judged) -> None:
    lake, server = judged()
    fill(lake, "one", PAIRS, number=1)
    fill(lake, "two", PAIRS[:2], number=2)
    report = score(lake, axes=[*Q_AXES, *QA_AXES])
    contents = {pair for pair in PAIRS if pair[0]}
    assert len(server.requests) == len(contents) + len({pair for pair in contents if pair[1]}) == 5
    values = dict(
        lake.rows("select (sample_id & 7, axis), value from scores where dataset = 'one' and value is not null")
    )
    assert values[0, "q_clarity"] == values[2, "q_clarity"] == 1
    assert values[1, "q_clarity"] == 3
    assert values[1, "qa_relevance"] == 7
    assert len(values) == 4 * 6 + 3 * 7
    reasons = dict(
        lake.rows(
            "select (sample_id & 7, axis), status || ': ' || detail from scores where dataset = 'one' and value is null"
        )
    )
    assert reasons[3, "qa_clarity"] == "not_applicable: judgements of judge_qa@small: there is no response"
    assert reasons[4, "q_clarity"] == "not_applicable: judgements of judge_q@small: there is no instruction"
    assert {(each.dataset, each.axis) for each in report.axes} == {
        (d, a) for d in ("one", "two") for a in (*Q_AXES, *QA_AXES)
    }
    again = score(lake, axes=[*Q_AXES, *QA_AXES])
    assert len(server.requests) == 5
    assert again.computed == 0


def test_a_later_axis_on_stored_answers_costs_no_call(judged) -> None:
    lake, server = judged()
    fill(lake, "one", PAIRS)
    score(lake, axes=["q_clarity"])
    calls = len(server.requests)
    score(lake, axes=["q_clarity", "q_correctness", "q_meaningfulness"])
    assert len(server.requests) == calls == 3
    assert [row[3] for row in scores(lake, "q_correctness")] == [1, 3, 1, 5, None]


def test_versions_name_the_question_its_hash_and_the_judge(judged) -> None:

    lake, _ = judged()
    fill(lake, "one", PAIRS[:1])
    score(lake, axes=["q_clarity"])
    ((version,),) = lake.rows("select distinct scorer_version from scores")
    assert version == f"1+judgements=judge_q@small@{question('judge_q').hash}+mine+openai+batch_dependent"
    assert lake.rows("select calibration from dataset_profile") == [("uncalibrated",)]
    assert lake.rows("select judgement, prompt_tokens > 400, completion_tokens, attempts from judgements") == [
        ("judge_q@small", True, 2, 1)
    ]


def test_two_judges_live_side_by_side_and_an_option_names_another(judged, tmp_path) -> None:
    lake, server = judged()
    know(tmp_path / "models", server, "other")
    fill(lake, "one", PAIRS[:2])
    score(lake, axes=["q_clarity"])
    score(lake, axes=["q_clarity"], options={"judge_q": {"judge": "other"}})
    assert lake.rows("select judgement, count(*) from judgements group by all order by 1") == [
        ("judge_q@other", 2),
        ("judge_q@small", 2),
    ]
    assert len(server.requests) == 4
    score(lake, axes=["q_clarity"])
    assert len(server.requests) == 4
    with pytest.raises(UnknownNameError, match="Unknown model 'smal'"):
        score(lake, axes=["q_clarity"], options={"judge_q": {"judge": "smal"}})


def test_what_cannot_be_read_is_asked_once_more_and_then_kept_as_it_came(judged) -> None:
    asked: list[str] = []

    def answer(prompt: str) -> str:
        asked.append(part(prompt))
        tries = asked.count(part(prompt))
        return {"good": rating(7), "late": "so-so" if tries == 1 else rating(4), "never": "no \x00 idea"}[part(prompt)]

    lake, server = judged(answer)
    fill(lake, "one", [("good", "x"), ("late", "x"), ("never", "x")])
    score(lake, axes=["q_clarity"])
    assert sorted(asked) == ["good", "late", "late", "never", "never"]
    assert [(row[3], row[4]) for row in scores(lake, "q_clarity")] == [(7, "ok"), (4, "ok"), (None, "unparsable")]
    problem = "the answer is not JSON: Expecting value: line 1 column 1 (char 0)"
    assert scores(lake, "q_clarity")[2][5] == f"judgements of judge_q@small: {problem}"
    assert lake.rows(
        "select status, detail, answer, raw, attempts, completion_tokens from judgements where status <> 'ok'"
    ) == [("unparsable", problem, None, "no � idea", 2, 4)]
    retried = [request for request in server.requests if request["temperature"] > 0]
    assert [(request["max_tokens"], request["seed"]) for request in retried] == [(512, 1), (512, 1)]
    score(lake, axes=["q_clarity"])
    assert len(server.requests) == 5  # what was tried twice is not tried for ever


def test_the_schema_is_sent_and_the_rubric_comes_first(judged) -> None:
    lake, server = judged()
    fill(lake, "one", PAIRS[:2])
    score(lake, axes=["qa_clarity"])
    bodies = sorted(server.requests, key=lambda body: len(body["messages"][0]["content"]))
    assert [body["response_format"]["json_schema"]["schema"]["required"] for body in bodies] == [
        ["clarity", "coherence", "completeness", "complexity", "correctness", "meaningfulness", "relevance"]
    ] * 2
    one, other = (body["messages"][0]["content"] for body in bodies)
    assert one.index("aaaa\n") > 3000
    assert one[: one.index("aaaa\n")] == other[: one.index("aaaa\n")]


def test_difficulty_is_asked_of_its_subject_only(judged) -> None:
    lake, server = judged()
    fill(
        lake,
        "one",
        [
            ("What is 12 * 7 + 3?", "87"),
            ("Write a Python function that reverses a list.", "x"),
            ("Tell me a story.", "x"),
        ],
    )
    score(lake, axes=["q_math_difficulty", "q_code_difficulty"])
    assert len(server.requests) == 2
    assert [row[3:6] for row in scores(lake, "q_math_difficulty")] == [
        (4, "ok", None),
        (None, "not_applicable", "judgements of judge_math@small: the instruction is not a problem of mathematics"),
        (None, "not_applicable", "judgements of judge_math@small: the instruction is not a problem of mathematics"),
    ]
    assert [row[3] for row in scores(lake, "q_code_difficulty")] == [None, 10, None]


def test_complexity_and_tags_keep_what_stands_behind_them(judged) -> None:
    def answer(prompt: str) -> str:
        if "tags of user intentions" in prompt:
            return '[{"tag": "poetry", "explanation": "verse"}, {"tag": "rhyme", "expl'
        return by_length(prompt)

    lake, _ = judged(answer)
    fill(lake, "one", [("Write a poem that rhymes", "x")])
    score(lake, axes=["complexity_llm", "instag"], options={"instag": {"model": "small"}})
    assert [row[3] for row in scores(lake, "complexity_llm", "instag")] == [5, 1]
    answers = dict(lake.rows("select judgement, answer::varchar from judgements"))
    assert json.loads(answers["instag@small"]) == [{"tag": "poetry", "explanation": "verse"}]
    assert json.loads(answers["judge_complexity@small"]) == {"reason": "its length", "score": 5}
    score(lake, axes=["instag"], parity=True, options={"instag": {"model": "small"}})
    assert scores(lake, "instag")[0][3] == 0  # the reference finds invalid JSON


def test_a_server_that_dies_loses_nothing_and_invents_nothing(judged) -> None:
    answered: list[str] = []

    def answer(prompt: str) -> str:
        answered.append(part(prompt))
        if len(answered) == 3:
            servers[0].key = "changed"  # from now on every request is refused
        return by_length(prompt)

    lake, server = judged(answer)
    servers = [server]
    fill(lake, "one", [(f"question {n:02}", "x") for n in range(12)])
    with pytest.raises(EngineError, match="refuses the key"):
        score(lake, axes=["q_clarity"])
    kept = lake.rows("select count(*), count(*) filter (status = 'ok') from judgements")[0]
    assert kept[0] == kept[1] >= 1
    server.key = KEY
    score(lake, axes=["q_clarity"])
    assert lake.rows("select count(*), count(distinct content_id), min(status) from judgements") == [(12, 12, "ok")]
    assert len(server.requests) <= 12 + 12
    assert [row[4] for row in scores(lake, "q_clarity")] == ["ok"] * 12


def test_failures_of_single_answers_cost_their_rows_only_and_may_be_tried_again(judged) -> None:
    lake, server = judged(lambda prompt: broken[part(prompt)])
    broken = {"good": rating(7), "bad": rating(5)}
    fill(lake, "one", [("good", "x"), ("bad", "x")])
    server.answer = lambda prompt: 1 / 0 if part(prompt) == "bad" else rating(7)  # the connection breaks
    score(lake, axes=["q_clarity"])
    assert [row[3:5] for row in scores(lake, "q_clarity")] == [(7, "ok"), (None, "failed")]
    server.answer = lambda prompt: broken[part(prompt)]
    score(lake, axes=["q_clarity"])
    assert scores(lake, "q_clarity")[1][4] == "failed"
    score(lake, axes=["q_clarity"], retry_failed=True)
    assert [row[3] for row in scores(lake, "q_clarity")] == [7, 5]


def test_no_key_and_no_prompt_with_a_key_leaves_the_machine_or_stays(judged, tmp_path, caplog, capfd) -> None:
    caplog.set_level(logging.DEBUG)
    lake, server = judged(lambda prompt: KEY if part(prompt) == "leak" else rating(7))
    fill(lake, "one", [("leak", "x"), ("fine", "x")])
    score(lake, axes=["q_clarity"])
    server.key = "another"
    fill(lake, "two", [("new", "x")], number=2)
    with pytest.raises(OdaError) as caught:
        score(lake, axes=["q_clarity"])
    said = str(caught.value) + caplog.text + "".join(capfd.readouterr())
    assert KEY not in said
    messages = str(lake.snapshots().to_pylist())
    assert KEY not in messages
    lake.close()
    for path in (tmp_path / "home").rglob("*"):
        if path.is_file():
            assert KEY.encode() not in path.read_bytes(), path


def test_a_missing_key_and_a_missing_judge_say_what_to_do(judged, monkeypatch) -> None:
    lake, _ = judged()
    fill(lake, "one", PAIRS[:1])
    monkeypatch.delenv("JUDGE_TEST_KEY")
    with pytest.raises(UsageError, match="the variable JUDGE_TEST_KEY is not set"):
        score(lake, axes=["q_clarity"])
    assert "JUDGE_TEST_KEY" in FACTS
    assert plan(lake, axes=["q_clarity"]).inputs[0].to_run == 1  # a plan opens nothing


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


def many(lake: Lake, n: int = 40) -> None:
    fill(lake, "one", [(f"question number {number:03}", "x") for number in range(n)])


def test_a_limit_takes_the_first_and_the_next_run_the_next(judged) -> None:
    lake, server = judged()
    many(lake)
    planned = plan(lake, axes=["q_clarity"], share=Share(limit=10))
    assert [(each.to_run, each.held) for each in planned.inputs] == [(10, 0)]
    assert plan(lake, axes=["q_clarity"]).inputs[0].to_run == 40
    score(lake, axes=["q_clarity"], share=Share(limit=10))
    assert len(server.requests) == 10
    assert [row[0] & 63 for row in scores(lake, "q_clarity")] == list(range(10))
    score(lake, axes=["q_clarity"], share=Share(limit=10))
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
