"""What a judge answered: the reference's readings, and ours, which takes nothing for an answer that is none."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorers.judging.answers import counted_tags, marked_score, read, read_tags
from scorers.judging.question import question

GOOD = {"clarity": 7, "coherence": 8, "completeness": 6, "complexity": 3, "correctness": 10, "meaningfulness": 1}
Q = question("judge_q")


def recorded(goldens: Path, name: str) -> dict[str, float | None]:
    return json.loads((goldens / "model" / f"{name}.json").read_text())["outputs"]


def test_marked_scores_are_those_of_the_reference(goldens):
    outputs = recorded(goldens, "ComplexityScorer")
    assert {text: marked_score(text) for text in outputs} == outputs
    assert len(outputs) == 12


def test_tags_are_counted_as_the_reference_counts_them(goldens):
    outputs = recorded(goldens, "InstagScorer")
    assert {text: counted_tags(text) for text in outputs} == outputs
    assert len(outputs) == 13


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(GOOD),
        json.dumps(GOOD, indent=2) + "\n\n",
        "```json\n" + json.dumps(GOOD) + "\n```",
        "<think>7 or 8? {</think>\n" + json.dumps(GOOD),
        json.dumps({name.upper(): str(value) for name, value in GOOD.items()}),
        json.dumps({**GOOD, "clarity": 7.0}),
    ],
)
def test_an_answer_is_read_whatever_stands_around_it(text):
    assert read(Q, text).value == GOOD


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "the answer is empty"),
        ("I would say 7.", "the answer is not JSON"),
        (json.dumps(GOOD)[:-4], "the answer is not JSON"),
        ("[1, 2]", "not a JSON object but a list"),
        (json.dumps({**GOOD, "extra": 1}), "lacks or adds keys: extra"),
        (json.dumps({k: v for k, v in GOOD.items() if k != "clarity"}), "lacks or adds keys: clarity"),
        (json.dumps({**GOOD, "clarity": 11}), "clarity is not a whole number from 1 to 10: 11"),
        (json.dumps({**GOOD, "clarity": 0}), "clarity is not a whole number from 1 to 10: 0"),
        (json.dumps({**GOOD, "clarity": 9.7}), "clarity is not a whole number from 1 to 10: 9.7"),
        (json.dumps({**GOOD, "clarity": True}), "clarity is not a whole number from 1 to 10: True"),
        (json.dumps({**GOOD, "clarity": None}), "clarity is not a whole number from 1 to 10: None"),
        (json.dumps({**GOOD, "clarity": [7]}), r"clarity is not a whole number from 1 to 10: \[7\]"),
        (json.dumps({**GOOD, "clarity": "seven"}), "clarity is not a whole number"),
        (json.dumps({**GOOD, "clarity": "٧"}), "clarity is not a whole number"),
        (json.dumps({**GOOD, "Clarity ": 7}), "lacks or adds keys"),
        (json.dumps(GOOD)[:-1] + ', "clarity": 9}', "a key stands twice"),
        (json.dumps(GOOD).replace("7", "NaN"), "NaN is not a number of JSON"),
        (json.dumps(GOOD).replace("7", "Infinity"), "Infinity is not a number of JSON"),
        (json.dumps(GOOD) + " " + json.dumps(GOOD), "the answer is not JSON"),
        ("[" * 100_000, "the answer is not JSON"),
    ],
)
def test_what_is_no_answer_has_its_reason(text, problem):
    found = read(Q, text)
    assert found.value is None
    assert re.search(problem, found.problem)


def test_an_answer_that_was_cut_off_is_none_even_where_it_parses():
    assert read(Q, json.dumps(GOOD), "length").problem == "the answer was cut off before its end"


def test_a_reason_and_a_score_are_both_kept():
    given = {"reason": "two steps", "score": 4}
    assert read(question("judge_complexity"), json.dumps(given)).value == given
    assert read(question("judge_complexity"), '{"reason": 5, "score": 4}').problem == "reason is a int"
    assert read(question("verdict"), '{"same": true}').value == {"same": True}
    assert read(question("verdict"), '{"same": "yes"}').problem == "same is a str"


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ('[{"tag": "math", "explanation": "a sum"}, {"tag": "units"}]', ["math", "units"]),
        ('{"tag": "a"} {"tag": "b"}', ["a", "b"]),
        ('[{"tag": "a", "explanation": "x"}, {"tag": "b", "expl', ["a"]),  # cut off at the limit of tokens
        ('```json\n[{"tag":"x"}]\n```', ["x"]),
        ('{"tags": [{"tag": "a"}, {"tag": "b"}]}', ["a", "b"]),
        ("[]", []),
    ],
)
def test_complete_tags_are_kept_wherever_the_text_breaks_off(text, tags):
    found = read_tags(text)
    assert [tag["tag"] for tag in found.value or []] == tags


@pytest.mark.parametrize("text", ["", "not json", "3", "{}", "[1, 2, 3, 4]", '"just a string"', '{"tag": 5}'])
def test_a_text_without_tags_is_no_answer(text):
    assert read_tags(text).problem == "the answer holds no tag"


@given(st.text(max_size=200))
def test_reading_raises_nothing_whatever_was_generated(text):
    for name in ("judge_q", "judge_complexity", "instag", "verdict", "solve"):
        found = read(question(name), text)
        assert (found.value is None) == bool(found.problem)


@given(
    st.dictionaries(
        st.sampled_from([*GOOD, "other"]),
        st.one_of(st.integers(-2, 12), st.floats(), st.text(max_size=3), st.none(), st.booleans()),
    )
)
def test_only_whole_numbers_of_the_scale_for_every_dimension_are_an_answer(values):
    found = read(Q, json.dumps(values))
    if found.value is not None:
        assert set(found.value) == set(GOOD)
        assert all(type(value) is int and 1 <= value <= 10 for value in found.value.values())
