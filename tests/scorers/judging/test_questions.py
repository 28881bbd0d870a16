"""Questions as files: what they ask, how prompts share their beginning, and what a hash depends on."""

from __future__ import annotations

import dataclasses

import pytest

from lake.errors import UnknownNameError
from scorers.judging.question import names, question

RATED_Q = ("clarity", "coherence", "completeness", "complexity", "correctness", "meaningfulness")


def test_the_thirteen_combined_axes_are_two_questions():
    assert question("judge_q").rated == RATED_Q
    assert question("judge_qa").rated == (*RATED_Q, "relevance")
    assert not question("judge_q").needs_response
    assert question("judge_qa").needs_response


def test_every_question_is_listed_and_an_unknown_one_is_refused_with_a_close_name():
    assert names() == [
        "instag",
        "judge_code",
        "judge_complexity",
        "judge_math",
        "judge_q",
        "judge_qa",
        "solve",
        "verdict",
    ]
    with pytest.raises(UnknownNameError, match="judge_q"):
        question("judge_qs")


@pytest.mark.parametrize("name", ["judge_q", "judge_qa", "judge_math", "judge_code", "judge_complexity"])
def test_prompts_share_everything_before_the_sample(name):
    asked = question(name)
    one, other = (asked.prompt({"instruction": text, "response": text}).messages[0][1] for text in ("A", "B"))
    shared = next(index for index, (a, b) in enumerate(zip(one, other, strict=True)) if a != b)
    assert shared == len(asked.text()) - len(asked.varying) + asked.varying.index("{instruction}")
    assert shared > 0.85 * len(asked.text())


def test_a_sample_is_put_in_literally():
    text = question("judge_qa").text({"instruction": "{response} {keys} \\overline{AB} {", "response": "{instruction}"})
    assert "{response} {keys} \\overline{AB} {\n===== RESPONSE =====\n{instruction}\n" in text


def test_the_schema_holds_every_dimension_and_nothing_else():
    assert question("judge_q").schema == {
        "type": "object",
        "properties": {name: {"type": "integer", "enum": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]} for name in RATED_Q},
        "required": list(RATED_Q),
        "additionalProperties": False,
    }
    assert list(question("judge_complexity").schema["properties"]) == ["reason", "score"]
    assert question("solve").schema is None


def test_backwards_turns_what_is_rated_round_and_changes_nothing_else():
    asked, turned = question("judge_q"), question("judge_q").backwards()
    assert turned.rated == RATED_Q[::-1]
    assert sorted(turned.fixed.splitlines()) == sorted(asked.fixed.splitlines())
    assert (
        turned.text().index("## meaningfulness")
        < turned.text().index("## clarity")
        < turned.text().index("Answer with")
    )
    assert turned.backwards().text() == asked.text()
    assert turned.hash != asked.hash


def test_a_hash_changes_with_every_thing_that_decides_an_answer():
    asked = question("judge_complexity")
    changes = [
        {"fixed": asked.fixed + " "},
        {"varying": asked.varying + "!"},
        {"max_tokens": 9},
        {"temperature": 0.1},
        {"top_p": 0.5},
        {"samples": 2},
        {"answer": "tags"},
        {"frame": "{}"},
    ]
    hashes = {dataclasses.replace(asked, **change).hash for change in changes}
    assert len(hashes | {asked.hash}) == len(changes) + 1
    assert dataclasses.replace(asked, applies="math").hash == asked.hash


def test_the_second_try_is_longer_and_by_chance():
    first, second = question("judge_q").sampling(seed=3), question("judge_q").sampling(seed=3, again=True)
    assert (first.temperature, first.max_tokens, first.seed) == (0.0, 256, 3)
    assert (second.temperature, second.max_tokens, second.seed) == (0.5, 512, 4)
    assert first.schema == second.schema == question("judge_q").schema
