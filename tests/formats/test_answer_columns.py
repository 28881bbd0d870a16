"""Answers and gold answers wherever a record holds them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lake.formats.base import Sample
from lake.formats.detect import converter, detect

CALL = {"name": "tide", "arguments": {"harbour": "Kiel", "day": 3}}
CALL_TEXT = '<tool_call>\n{"name": "tide", "arguments": {"day": 3, "harbour": "Kiel"}}\n</tool_call>'


def first(rows: list[dict[str, Any]]) -> Sample:
    return converter(detect(rows, mapping=None))(rows[0])[0]


def rows(**columns: Any) -> list[dict[str, Any]]:
    """Five records: lists hold what each of them has, anything else is the same in all."""
    return [{name: value[n] if isinstance(value, list) else value for name, value in columns.items()} for n in range(5)]


ASKED = [f"Why does the kettle number {n} sing?" for n in range(5)]
TOLD = [f"Because of the steam in spout {n}." for n in range(5)]


@pytest.mark.parametrize(
    ("column", "values", "response", "meta"),
    [
        ("completions", [[text] for text in TOLD], TOLD[0], None),
        ("output", [[text, "No idea."] for text in TOLD], TOLD[0], {"output": [TOLD[0], "No idea."]}),
        ("responses", [{"text": text} for text in TOLD], None, None),
        ("response", [{"content": text, "model": "m"} for text in TOLD], TOLD[0], {"response": {"content": TOLD[0], "model": "m"}}),
        ("solutions", [json.dumps([text, "Steam."]) for text in TOLD], TOLD[0], {"solutions": json.dumps([TOLD[0], "Steam."])}),
        ("completion", [[{"role": "assistant", "content": text}] for text in TOLD], TOLD[0], None),
        ("reasoning_steps", [["Water boils.", text] for text in TOLD], None, {"reasoning_steps": ["Water boils.", TOLD[0]]}),
    ],
)  # fmt: skip
def test_answers_in_lists_objects_and_json(column: str, values: list[Any], response: str | None, meta: Any) -> None:
    sample = first(rows(prompt=ASKED, **{column: values}))
    assert sample.instruction == ASKED[0]
    if response is not None:
        assert (sample.response, sample.meta) == (response, meta)
    elif column == "responses":
        assert sample.response == TOLD[0]
    else:
        assert sample.meta == meta


def test_judged_steps_are_one_answer() -> None:
    sample = first(
        rows(prompt=ASKED, completions=[["Water boils.", text] for text in TOLD], labels=[[True, False]] * 5)
    )
    assert sample.response == f"Water boils.\n{TOLD[0]}"
    assert sample.meta == {"labels": [True, False]}


@pytest.mark.parametrize("held", [json.dumps([CALL]), [CALL], [{"type": "function", "function": CALL}]])
def test_calls_as_the_answer(held: Any) -> None:
    sample = first(rows(query=ASKED, answers=[held] * 5, tools='[{"name": "tide"}]'))
    assert (sample.instruction, sample.response, sample.reference_answer) == (ASKED[0], CALL_TEXT, None)
    assert sample.messages is not None
    assert sample.messages[1]["tool_calls"] == [{"type": "function", "function": CALL}]
    assert sample.meta == {"tools": '[{"name": "tide"}]'}


@pytest.mark.parametrize(
    ("columns", "reference"),
    [
        ({"ground_truth": ["2", "3", "4", "5", "6"]}, "2"),
        ({"ground_truth": [["2"]] * 5}, "2"),
        ({"ground_truth": ['["2"]'] * 5}, "2"),
        ({"answers": [{"text": ["two", "2"], "answer_start": [5, 9]}] * 5}, "two"),
        ({"answers": [["two", "2"]] * 5}, '["two", "2"]'),
        ({"reward_model": {"style": "rule", "ground_truth": 2}}, "2"),
        ({"reward_spec": {"ground_truth": ["2"]}}, "2"),
        ({"extra": {"final_answer": "2", "split": "dev"}}, "2"),
        ({"answer": {"value": "two", "aliases": ["2"]}}, None),
    ],
)
def test_gold_answers_have_one_place(columns: dict[str, Any], reference: str | None) -> None:
    sample = first(rows(prompt=ASKED, **columns))
    assert sample.reference_answer == reference
    assert sample.split == ("dev" if "extra" in columns else None)
    assert sample.response == ("two" if "answer" in columns else None)


def test_bare_answers_are_gold_as_well() -> None:
    assert first(rows(problem=ASKED, answer=[3, 4, 5, 6, 7]))[1:] == (
        "3", None, None, None, "3", None, None, None, 1,
    )  # fmt: skip
    assert first(rows(problem=ASKED, answer=TOLD)).reference_answer is None
    assert first(rows(problem=ASKED, solution=TOLD, answer=[3, 4, 5, 6, 7])).reference_answer == "3"


@pytest.mark.parametrize("mark", ["on", "-", 200, True])
def test_a_mark_is_no_answer(mark: object) -> None:
    sample = first(rows(prompt=ASKED, reasoning=mark, told=TOLD))
    assert (sample.response, sample.meta) == (None, {"reasoning": mark, "told": TOLD[0]})
    assert first(rows(prompt=ASKED, result=mark, output=TOLD)).response == TOLD[0]
    states = ["pass", "fail", "pass", "pass", "fail"]
    assert first(rows(prompt=ASKED, result=states, final=TOLD)).response == TOLD[0]


def test_yes_and_no_are_answers() -> None:
    assert first(rows(question=ASKED, answer=["yes", "no", "yes", "no", "no"], passage=TOLD)).response == "yes"


def test_paths_in_a_mapping() -> None:
    records = rows(frage=ASKED, beam=[[{"text": text, "p": 0.5}] for text in TOLD], check={"gold": {"wert": [7]}})
    mapping = {"instruction": "frage", "response": "beam[0].text", "reference_answer": "check.gold.wert"}
    (sample,) = converter(detect(records, mapping=mapping))(records[0])
    assert (sample.instruction, sample.response, sample.reference_answer) == (ASKED[0], TOLD[0], "7")
    assert sample.meta == {"beam": [{"text": TOLD[0], "p": 0.5}], "check": {"gold": {"wert": [7]}}}


def test_what_a_question_is_about_comes_first() -> None:
    assert first(rows(question=ASKED, context=TOLD, answer=TOLD)).instruction == f"{TOLD[0]}\n{ASKED[0]}"
    assert first(rows(question=ASKED, context=TOLD)).instruction == f"{TOLD[0]}\n{ASKED[0]}"
    assert first(rows(instruction=ASKED, context=TOLD, response=TOLD)).instruction == f"{ASKED[0]}\n{TOLD[0]}"


def test_what_stands_beside_a_final_answer_is_kept() -> None:
    squad = {"text": ["Paris", "the city of Paris"], "answer_start": [3, 9]}
    record = {"question": "Which town?", "context": "In Paris.", "answers": squad}
    (found,) = converter(detect([record], mapping=None))(record)
    assert (found.reference_answer, found.meta) == ("Paris", {"answers": squad})
    alone = {"question": "Which town?", "context": "In Paris.", "answers": {"text": ["Paris"]}}
    (found,) = converter(detect([alone], mapping=None))(alone)
    assert (found.reference_answer, found.meta) == ("Paris", None)
