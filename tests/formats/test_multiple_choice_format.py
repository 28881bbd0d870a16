"""Options as lines, labels as answers."""

from __future__ import annotations

from typing import Any

import pytest

from lake.formats.base import Sample, Unusable
from lake.formats.detect import converter, detect

CASES: list[tuple[dict[str, Any], Sample]] = [
    (
        {"passage": "Cats purr.", "question": "Who?", "options": ["(A)Dogs", "(B)Cats"], "label": "B", "answer": None},
        Sample("Cats purr.\nWho?\n(A)Dogs\n(B)Cats", "B", reference_answer="B"),
    ),
    (
        {"question": "1+1?", "options": ["A)1", "B)2"], "rationale": "One and one.", "correct": "B"},
        Sample("1+1?\nA)1\nB)2", "One and one.", reference_answer="B"),
    ),
    (
        {"question": "1+1?", "choices": ["1", "2"], "answer": 1},
        Sample("1+1?\n(A) 1\n(B) 2", "B", reference_answer="B", meta={"answer": 1}),
    ),
    (
        {"question": "1+1?", "choices": {"text": ["1", "2"], "label": ["1", "2"]}, "answerKey": "2"},
        Sample("1+1?\n(1) 1\n(2) 2", "2", reference_answer="2"),
    ),
    ({"question": "1+1?", "options": {"A": "1", "B": "2"}, "answer": "B"}, Sample("1+1?\n(A) 1\n(B) 2", "B", reference_answer="B")),
    (
        {"question": "1+1?", "A": "1", "B": "2", "C": "3", "D": "4", "answer": "B"},
        Sample("1+1?\n(A) 1\n(B) 2\n(C) 3\n(D) 4", "B", reference_answer="B"),
    ),
    ({"question": "1+1?", "options": '["(A) 1", "(B) 2"]', "label": "B"}, Sample("1+1?\n(A) 1\n(B) 2", "B", reference_answer="B")),
]  # fmt: skip


@pytest.mark.parametrize(("record", "sample"), CASES)
def test_multiple_choice(record: dict[str, Any], sample: Sample) -> None:
    binding = detect([record], mapping=None)
    assert binding.format == "multiple_choice"
    assert converter(binding)(record) == [sample]


def test_a_null_label_and_null_options_leave_the_answer() -> None:
    asked = {"question": "q", "options": ["(A) x"], "label": "A", "answer": "z"}
    into = converter(detect([asked], mapping=None))
    assert into(asked) == [Sample("q\n(A) x", "A", reference_answer="A", meta={"answer": "z"})]
    assert into({"question": "q", "options": None, "label": None, "answer": "z"}) == [Sample("q", "z")]


def test_options_that_are_a_number_are_refused() -> None:
    into = converter(detect([{"question": "q", "options": ["x"], "label": "A"}], mapping=None))
    with pytest.raises(Unusable, match="column 'options' holds a number, not options"):
        into({"question": "q", "options": 3, "label": "A"})


def test_positions_as_text_counted_from_one_name_lettered_columns() -> None:
    records: list[dict[str, Any]] = [
        {
            "context": "Tom fell.",
            "question": "How is Tom?",
            "answerA": "Glad.",
            "answerB": "Hurt.",
            "answerC": "Rich.",
            "label": label,
        }
        for label in ("2", "3", "1")
    ]
    convert = converter(detect(records, mapping=None))
    found = [sample for record in records for sample in convert(record)]
    assert [(each.response, each.reference_answer) for each in found] == [("B", "B"), ("C", "C"), ("A", "A")]
    assert found[0].instruction == "Tom fell.\nHow is Tom?\n(A) Glad.\n(B) Hurt.\n(C) Rich."
