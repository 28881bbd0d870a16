"""The same layouts under other names: other languages, marks around names, objects of turns, answers one beside the other."""

from __future__ import annotations

from typing import Any

import pytest

from lake.containers.headers import is_header
from lake.containers.row_keys import key_of_rows
from lake.formats.base import Sample
from lake.formats.detect import converter, detect

TALK = "<|user|>\nTwo and two?\n<|assistant|>\nFour.\n<|user|>\nSure?"
TURNS = (("user", "Two and two?"), ("assistant", "Four."), ("user", "Sure?"), ("assistant", "Sure."))


def samples(*records: dict[str, Any]) -> list[Sample]:
    convert = converter(detect(list(records), mapping=None))
    return [sample for record in records for sample in convert(record)]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("问题", "回答"), ("質問", "回答"), ("질문", "답변"), ("Вопрос", "Ответ"), ("Pregunta", "Respuesta"), ("Frage", "Antwort"),
        ("question #", "réponse %"), ("Context", "Response"), ("question?", "reply:"),
    ],
)  # fmt: skip
def test_question_and_answer_under_other_names(question: str, answer: str) -> None:
    (found,) = samples({question: "Two and two?", answer: "Four."})
    assert (found.instruction, found.response, found.meta) == ("Two and two?", "Four.", None)


@pytest.mark.parametrize(
    "record",
    [
        {"chat": {"turn_1": {"user": "Two and two?", "assistant": "Four."}, "turn_2": {"user": "Sure?", "assistant": "Sure."}}},
        {"conversation": [["Two and two?", "Four."], ["Sure?", "Sure."]]},
        {"turns": [
            {"sender": "customer", "utterance": "Two and two?"}, {"sender": "agent", "utterance": "Four."},
            {"sender": "customer", "utterance": "Sure?"}, {"sender": "agent", "utterance": "Sure."},
        ]},
        {"对话": [
            {"角色": "用户", "内容": "Two and two?"}, {"角色": "助手", "内容": "Four."},
            {"角色": "用户", "内容": "Sure?"}, {"角色": "助手", "内容": "Sure."},
        ]},
    ],
)  # fmt: skip
def test_conversations_under_other_names(record: dict[str, Any]) -> None:
    (found,) = samples(record)
    assert (found.instruction, found.response, found.turns) == (TALK, "Sure.", TURNS)


def test_turns_of_an_object_are_counted_not_sorted() -> None:
    record = {"chat": {f"turn_{n}": {"user": f"Q{n}", "assistant": f"A{n}"} for n in (10, 9, *range(1, 9))}}
    (found,) = samples(record)
    assert found.response == "A10"
    assert found.turns is not None
    assert [text for role, text in found.turns if role == "user"] == [f"Q{n}" for n in range(1, 11)]


def test_a_rendered_template_is_read_under_any_name() -> None:
    text = "<bos><start_of_turn>user\nTwo and two?<end_of_turn>\n<start_of_turn>model\nFour.<end_of_turn>\n"
    (found,) = samples({"nr": 1, "training_row": text})
    assert (found.instruction, found.response, found.meta) == ("Two and two?", "Four.", {"nr": 1})


def test_of_several_answers_that_nothing_judges_the_first_is_the_response_and_the_rest_is_kept() -> None:
    (found,) = samples({"question": "Two and two?", "answer_1": "Four.", "answer_2": "It is four."})
    assert (found.instruction, found.response, found.meta) == ("Two and two?", "Four.", {"answer_2": "It is four."})
    (listed,) = samples({"query": "Two and two?", "replies": ["Four.", "It is four."]})
    assert (listed.response, listed.meta) == ("Four.", {"replies": ["Four.", "It is four."]})


def test_what_an_answer_is_checked_against_is_the_reference() -> None:
    (found,) = samples({"problem": "Two and two?", "extra_info": {"answer": "4", "split": "train"}})
    assert (found.response, found.reference_answer, found.split) == (None, "4", "train")


def test_numbers_of_rows_have_no_name_and_the_rest_has() -> None:
    rows = [["0", "Two and two?", "Four."], ["1", "Three and three?", "Six."], ["2", "One and one?", "Two."]]
    assert is_header(["", "was man wissen will", "was gesagt wurde"], rows)
    assert not is_header(["", "Two and two?", "Four."], [["7", *row[1:]] for row in rows])


def test_turns_of_an_arena_that_are_lists_of_texts() -> None:
    record = {
        "prompt": '["Two and two?", "Sure?"]', "response_a": '["Five.", "No."]', "response_b": '["Four.", "Sure."]',
        "winner_model_a": 0, "winner_model_b": 1, "winner_tie": 0,
    }  # fmt: skip
    (found,) = samples(record)
    assert (found.instruction, found.response, found.turns) == (TALK, "Sure.", TURNS)


@pytest.mark.parametrize("place", ["context", "history"])
def test_the_turns_before_two_judged_answers(place: str) -> None:
    turns = [{"role": "user", "content": "Two and two?"}]
    record = {place: turns, "response1": "Five.", "response2": "Four.", "overall_preference": 2}
    (found, _) = samples(record, {**record, "overall_preference": -1})
    assert (found.instruction, found.response, found.rejected_response) == ("Two and two?", "Four.", "Five.")


def test_a_post_and_two_replies_with_marks() -> None:
    (found,) = samples(
        {"history": "Two and two?", "human_ref_A": "Five.", "human_ref_B": "Four.", "score_A": 1, "score_B": 9}
    )
    assert (found.instruction, found.response, found.rejected_response) == ("Two and two?", "Four.", "Five.")


def test_answers_of_a_forum_with_votes() -> None:
    answers = [{"text": "Five.", "pm_score": 1, "selected": False}, {"text": "Four.", "pm_score": 5, "selected": True}]
    (found,) = samples({"question": "Two and two?", "answers": answers})
    assert (found.response, found.rejected_response, found.meta) == ("Four.", "Five.", {"answers": answers})


def test_the_one_number_of_a_list_is_the_reference() -> None:
    found = samples(*({"problem": f"{n} and {n}?", "answer": [str(2 * n)]} for n in range(4)))
    assert [(each.response, each.reference_answer) for each in found] == [
        ("0", "0"),
        ("2", "2"),
        ("4", "4"),
        ("6", "6"),
    ]


def test_examples_beside_instances_are_not_the_rows() -> None:
    row, shown = {"input": "a", "output": "b"}, {"input": "x", "output": "y"}
    assert key_of_rows({"examples": shown, "instances": row}, {}) == "instances"
    assert key_of_rows({"Positive Examples": shown, "Instances": row}, {}) == "Instances"
    assert key_of_rows({"examples": row}, {}) == "examples"
