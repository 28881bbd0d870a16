"""Axes of judges end to end: recorded answers through a loopback server, stored, read, scored."""

from __future__ import annotations

import json

import pytest
from judging import PAIRS, by_length, know, part, rating
from scoring_lake import fill, scores

from lake.catalog import Lake
from lake.errors import OdaError, UnknownNameError, UsageError
from pipelines.calibrate import calibrate
from pipelines.score import score
from scorers.judging.question import question

pytestmark = pytest.mark.slow

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


def test_a_judge_is_calibrated_against_a_stronger_one_by_what_both_have_said(judged, tmp_path) -> None:
    """The stronger judge is two points stricter, and has no opinion on the longest instruction."""
    lake, server = judged(lambda prompt: rating(len(part(prompt)) // 5 - 1) if len(part(prompt)) < 42 else "no idea")
    know(tmp_path / "models", server, "strict")
    fill(lake, "one", [("a" * length, "x") for length in range(12, 44, 2)] * 2)
    score(lake, axes=["q_clarity"], options={"judge_q": {"judge": "strict"}})
    with pytest.raises(UsageError, match="The scores on q_clarity are those of strict"):
        calibrate(lake, "q_clarity", judge="strict")
    with pytest.raises(OdaError, match="small has not rated any sample of the lake on q_clarity"):
        calibrate(lake, "q_clarity", judge="small")
    server.answer = by_length
    score(lake, axes=["q_clarity"])
    calls = len(server.requests)
    report = calibrate(lake, "q_clarity", judge="strict")
    assert (report.against, report.n) == ("strict", 30)  # 15 lengths, each twice
    assert (report.shift.value, report.shift.low, report.shift.high) == (2.0, 2.0, 2.0)
    assert report.kappa["none"] == pytest.approx(-26 / 199)
    assert report.kappa["quadratic"] == pytest.approx(1 - 4 / (4 + 2 * (265 / 15 - 3.8**2)))
    assert report.confusion.labels == (1, 2, 3, 4, 5, 6, 7)
    assert len(server.requests) == calls
    assert lake.rows("select calibration from dataset_profile") == [("kappa 0.62, 30 labels",)]
