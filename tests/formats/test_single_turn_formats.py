"""One question, one answer: literal records in, literal samples out."""

from __future__ import annotations

from typing import Any

import pytest

from lake.formats.base import Sample, Unusable
from lake.formats.detect import converter, detect


def convert(*records: dict[str, Any]) -> tuple[str, list[Sample]]:
    binding = detect(list(records), mapping=None)
    into = converter(binding)
    return binding.format, [sample for record in records for sample in into(record)]


CASES: list[tuple[str, dict[str, Any], Sample]] = [
    ("alpaca", {"instruction": "Add.", "input": "1 2", "output": "3"}, Sample("Add.\n1 2", "3")),
    ("alpaca", {"instruction": "Add.", "input": "", "output": "3"}, Sample("Add.", "3")),
    ("alpaca", {"instruction": "Add.", "input": None, "response": "3"}, Sample("Add.", "3")),
    ("alpaca", {"Instruction": "Add.", "Output": "3"}, Sample("Add.", "3")),
    ("alpaca", {"instruction": "", "input": "1 + 2", "output": "3"}, Sample("1 + 2", "3")),
    ("alpaca", {"instruction": "Add.", "output": ""}, Sample("Add.", "")),
    ("alpaca", {"instruction": "Add.", "output": None}, Sample("Add.", None)),
    (
        "alpaca",
        {"instruction": "Name it.", "context": "a cat", "response": "cat", "category": "qa"},
        Sample("Name it.\na cat", "cat", meta={"category": "qa"}),
    ),
    ("alpaca", {"instruction": "a", "output": "b", "response": "b"}, Sample("a", "b")),
    ("alpaca", {"instruction": "a", "output": "b", "response": "c"}, Sample("a", "b", meta={"response": "c"})),
    ("alpaca", {"instruction": "a", "output": None, "response": "c"}, Sample("a", "c")),
    (
        "alpaca",
        {"instruction": "a", "output": "b", "system": "Be kind.", "split": "test", "id": 7, "empty": None},
        Sample("a", "b", system="Be kind.", split="test", meta={"id": 7}),
    ),
    ("alpaca", {"instruction": "a", "output": "<think>\nhm\n</think>\n\nb"}, Sample("a", "<think>\nhm\n</think>\n\nb")),
    ("alpaca_history", {"instruction": "a", "output": "b", "history": []}, Sample("a", "b")),
    ("prompt_completion", {"prompt": "a", "completion": "b"}, Sample("a", "b")),
    ("prompt_completion", {"prompt": "a", "response": "b"}, Sample("a", "b")),
    (
        "prompt_completion",
        {"prompt": "def f():", "canonical_solution": "    pass", "test": "f()"},
        Sample("def f():", "    pass", meta={"test": "f()"}),
    ),
    ("prompt_completion", {"prompt": "1+1", "ground_truth": "2"}, Sample("1+1", None, reference_answer="2")),
    ("prompt_completion", {"prompt": "p", "answers": ["2", "two"]}, Sample("p", reference_answer='["2", "two"]')),
    ("question_answer", {"question": "a", "answer": "b"}, Sample("a", "b")),
    ("question_answer", {"question": "1+1", "answer": 2}, Sample("1+1", "2", reference_answer="2")),
    ("question_answer", {"question": "1/2", "answer": 0.5}, Sample("1/2", "0.5", reference_answer="0.5")),
    ("question_answer", {"question": "Odd?", "answer": True}, Sample("Odd?", "true", reference_answer="true")),
    (
        "question_answer",
        {"problem": "1+1", "solution": "1+1=2", "answer": "2"},
        Sample("1+1", "1+1=2", reference_answer="2"),
    ),
    ("question_answer", {"problem": "a", "question": "a", "answer": "b"}, Sample("a", "b")),
    ("question_answer", {"query": "a", "response": "b", "type": "x"}, Sample("a", "b", meta={"type": "x"})),
    ("input_output", {"input": "a", "target": "b"}, Sample("a", "b")),
    ("input_output", {"input": "a", "code": "x", "target": 1.5}, Sample("a", "1.5", reference_answer="1.5", meta={"code": "x"})),
    ("code_task", {"text": "Sum.", "code": "sum(x)", "task_id": 1}, Sample("Sum.", "sum(x)", meta={"task_id": 1})),
    ("code_execution", {"code": "f = len", "input": "'ab'", "output": "2"}, Sample("f = len\n'ab'", "2")),
    ("passage_question", {"Body": "Two cats.", "Question": "Both?", "Answer": 2.0}, Sample("Two cats.\nBoth?", "2.0", reference_answer="2.0")),
    ("prompt_only", {"prompt": "Write.", "kwargs": [{}]}, Sample("Write.", meta={"kwargs": [{}]})),
    ("headerless", {"column_1": "1+1", "column_2": "2"}, Sample("1+1", "2", reference_answer="2")),
    (
        "headerless",
        {"column_1": "1+1", "column_2": "2", "column_3": "One and one is two."},
        Sample("1+1", "One and one is two.", reference_answer="2"),
    ),
    (
        "headerless",
        {"column_1": "1+1", "column_2": "One and one is two.", "column_3": "2"},
        Sample("1+1", "One and one is two.", reference_answer="2"),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "record", "sample"), CASES)
def test_single_turn(name: str, record: dict[str, Any], sample: Sample) -> None:
    assert convert(record) == (name, [sample])


def test_instances_give_a_sample_each_in_order() -> None:
    record = {
        "id": "t1",
        "instruction": "Reverse.",
        "instances": [{"input": "ab", "output": "ba"}, {"input": "", "output": "?", "note": "odd"}],
    }
    assert convert(record) == (
        "instances",
        [
            Sample("Reverse.\nab", "ba", meta={"id": "t1"}),
            Sample("Reverse.", "?", meta={"id": "t1", "instances": [{"note": "odd"}]}),
        ],
    )


def test_nested_examples_without_an_instruction() -> None:
    record = {"name": "logic", "examples": [{"input": "not True", "target": "False"}]}
    assert convert(record) == ("instances", [Sample("not True", "False", meta={"name": "logic"})])


def test_nulls_of_a_column_that_is_empty_at_first() -> None:
    records = [{"instruction": "a", "input": None, "output": "b"}] * 100
    into = converter(detect(records, mapping=None))
    assert into({"instruction": "a", "input": "x", "output": "b"}) == [Sample("a\nx", "b")]


def test_rows_with_all_columns_held_have_no_meta() -> None:
    _, samples = convert({"instruction": "a", "input": "x", "output": "b"})
    assert samples[0].meta is None


ALPACA = {"instruction": "a", "output": "b"}
REFUSED = [
    ({"instruction": None, "output": "b"}, "no instruction: column 'instruction' is null"),
    ({"instruction": "  \n", "output": "b"}, "no instruction: column 'instruction' is empty"),
    ({"output": "b"}, "no instruction: there is no column 'instruction'"),
    ({"instruction": ["a"], "output": "b"}, "column 'instruction' holds a list, not text"),
    ({"instruction": "a", "output": {"text": "b"}}, "column 'output' holds an object, not text"),
    ({"instruction": float("nan"), "output": "b"}, "no instruction: column 'instruction' is a number"),
]


@pytest.mark.parametrize(("record", "reason"), REFUSED)
def test_refused_with_the_reason(record: dict[str, Any], reason: str) -> None:
    into = converter(detect([ALPACA], mapping=None))
    with pytest.raises(Unusable) as refusal:
        into(record)
    assert str(refusal.value) == reason
