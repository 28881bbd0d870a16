"""Detection with a mapping, its errors, and the list of formats."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

import lake.formats
from lake.errors import SourceError, UnknownNameError, UsageError
from lake.formats.base import Binding, Sample, Unusable
from lake.formats.detect import converter, detect, formats

ODD = {"erste": "1+1?", "zweite": "2", "quelle": "book"}
QA = {"question": "q", "answer": "a", "seed_question": "s"}


def test_every_module_with_a_name_is_a_format() -> None:
    folder = Path(str(lake.formats.__file__)).parent
    named = {path.stem for path in folder.glob("*.py") if "\nNAME = " in path.read_text()}
    assert {known.NAME for known in formats()} == named
    ranks = [known.RANK for known in formats()]
    assert len(set(ranks)) == len(ranks)


def test_mapping_makes_an_unknown_source_readable() -> None:
    binding = detect([ODD], mapping={"instruction": "erste", "response": "zweite"})
    assert binding == Binding("mapped", {"instruction": "erste", "response": "zweite"})
    assert converter(binding)(ODD) == [Sample("1+1?", "2", meta={"quelle": "book"})]


def test_mapping_overrules_what_is_recognised() -> None:
    binding = detect([QA], mapping={"instruction": "seed_question"})
    assert converter(binding)(QA) == [Sample("s", "a", meta={"question": "q"})]
    binding = detect([QA], mapping={"reference_answer": "answer"})
    assert converter(binding)(QA) == [Sample("q", None, reference_answer="a", meta={"seed_question": "s"})]


def test_mapping_beside_a_conversation() -> None:
    record = {"messages": [{"role": "user", "content": "Hi"}], "gold": "Hello", "part": "dev", "says": "Hey"}
    binding = detect([record], mapping={"reference_answer": "gold", "split": "part", "response": "says"})
    assert binding.format == "openai_messages"
    assert converter(binding)(record) == [Sample("Hi", "Hey", reference_answer="Hello", split="dev")]


def test_mapping_chooses_among_conversations() -> None:
    turns = [[{"role": "user", "content": text}] for text in ("a", "b")]
    record = {"messages": turns[0], "other": turns[1]}
    binding = detect([record], mapping={"messages": "other"})
    assert converter(binding)(record) == [Sample("b", meta={"messages": turns[0]})]


def test_mapping_of_an_instruction_leaves_a_conversation_alone() -> None:
    record = {"messages": [{"role": "user", "content": "Hi"}], "task": "Do it."}
    binding = detect([record], mapping={"instruction": "task"})
    assert converter(binding)(record) == [Sample("Do it.", meta={"messages": record["messages"]})]


def test_mapping_of_a_question_finds_the_answer_beside_it() -> None:
    record = {"erste": "1+1?", "answer": "2"}
    assert converter(detect([record], mapping={"instruction": "erste"}))(record) == [
        Sample("1+1?", "2", reference_answer="2")
    ]


def test_mapping_into_multiple_choice_keeps_the_options() -> None:
    record = {"question": "q", "options": ["(A) x"], "label": "A", "answer": "z", "why": "so"}
    binding = detect([record], mapping={"response": "answer"})
    assert converter(binding)(record) == [Sample("q\n(A) x", "z", meta={"label": "A", "why": "so"})]
    binding = detect([record], mapping={"response": "why", "reference_answer": "label"})
    assert converter(binding)(record) == [Sample("q\n(A) x", "so", reference_answer="A", meta={"answer": "z"})]


def test_mapping_that_a_format_has_no_place_for() -> None:
    record = {"messages": [{"role": "user", "content": "Hi"}], "notes": "x"}
    with pytest.raises(UsageError, match="recognised as openai_messages .* no place for a mapping of input"):
        detect([record], mapping={"input": "notes"})


def test_mapping_decides_between_columns_of_the_same_meaning() -> None:
    record = {"instruction": "a", "output": "b", "response": "c"}
    binding = detect([record], mapping={"response": "response"})
    assert converter(binding)(record) == [Sample("a", "c", meta={"output": "b"})]


def test_unknown_field_and_column_are_named() -> None:
    with pytest.raises(UnknownNameError, match=r"Unknown field 'instrction'\.\nDid you mean instruction"):
        detect([ODD], mapping={"instrction": "erste"})
    with pytest.raises(UnknownNameError, match=r"Unknown column 'ersten'\.\nDid you mean erste.*erste, zweite, quelle"):
        detect([ODD], mapping={"instruction": "ersten"}, file="odd.jsonl")
    with pytest.raises(UsageError, match="excludes 'instruction'"):
        detect([ODD], mapping={"instruction": "erste", "messages": "zweite"})


def test_nothing_recognised_names_the_columns_and_shows_the_way() -> None:
    rows = [
        {"nr": n, "erste": f"Wie viel ist {n} und {n}?", "zweite": f"Das ist {2 * n}.", "art": "a"} for n in range(9)
    ]
    with pytest.raises(SourceError) as failure:
        detect(rows, mapping=None, file="odd.jsonl")
    assert failure.value.message == "Cannot read odd.jsonl: no known format has the columns nr, erste, zweite, art"
    assert failure.value.hint == "If erste is the prompt: --map instruction=erste --map response=zweite"
    with pytest.raises(SourceError, match="does not hold conversations"):
        detect([ODD], mapping={"messages": "erste"}, file="odd.jsonl")
    with pytest.raises(SourceError, match="holds no records with columns"):
        detect([], mapping=None, file="odd.jsonl")


def test_what_is_no_text_is_described_and_not_proposed() -> None:
    rows = [{"uid": f"a-{n}", "gespraech": {"turn_1": f"Was ist {n}?", "turn_2": f"Eine Zahl: {n}."}} for n in range(9)]
    with pytest.raises(SourceError) as failure:
        detect(rows, mapping=None, file="odd.jsonl")
    assert failure.value.message.endswith(
        "the columns uid, gespraech; column 'gespraech' holds an object with turn_1, turn_2"
    )
    assert "--map instruction=gespraech.turn_1 --map response=gespraech.turn_2" in failure.value.hint
    mapping = {"instruction": "gespraech.turn_1", "response": "gespraech.turn_2"}
    (sample,) = converter(detect(rows, mapping=mapping))(rows[1])
    assert (sample.instruction, sample.response) == ("Was ist 1?", "Eine Zahl: 1.")
    with pytest.raises(SourceError) as failure:
        detect([{"uid": f"a-{n}", "url": f"https://x.example/{n}"} for n in range(9)], mapping=None)
    assert "instruction=" not in failure.value.hint


def test_headerless_columns_are_never_taken_for_names() -> None:
    binding = detect([{"column_1": "q", "column_2": "a"}], mapping=None, headerless=True)
    assert binding == Binding("headerless", {"instruction": "column_1", "response": "column_2"})
    with pytest.raises(SourceError):
        detect([{f"column_{n}": "x" for n in range(1, 6)}], mapping=None, headerless=True)


def test_mapping_of_a_headerless_column() -> None:
    record = {"column_1": "q", "column_2": "a", "column_3": "other"}
    binding = detect([record], mapping={"response": "column_2"}, headerless=True)
    assert converter(binding)(record) == [Sample("q", "a", meta={"column_3": "other"})]


def test_rows_of_two_shapes_in_one_file() -> None:
    asked = [{"instruction": f"Say {n}.", "output": f"{n}"} for n in range(3)]
    chat = {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]}
    broken = {"instruction": None, "output": "b"}
    binding = pickle.loads(pickle.dumps(detect([*asked, chat, broken, {"text": "A story."}], mapping=None)))
    convert = converter(binding)
    assert convert(asked[0]) == [Sample("Say 0.", "0")]
    assert convert(chat) == [Sample("Hi", "Hello")]
    for record in (broken, {"text": "A story."}):
        with pytest.raises(Unusable, match="no conversation|no instruction"):
            convert(record)


def test_binding_survives_the_way_to_a_worker() -> None:
    record = {"conversation": [{"input": "Hi", "output": "Hello"}]}
    binding = pickle.loads(pickle.dumps(detect([record], mapping=None)))
    assert converter(binding)(record) == [Sample("Hi", "Hello")]


def test_unknown_format_name() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean alpaca"):
        converter(Binding("alpacca", {}))


def test_column_names_match_whatever_their_case_and_spaces() -> None:
    record = {"Question": "q", "Final Answer": "2", "Solution": "1+1=2"}
    binding = detect([record], mapping=None)
    assert converter(binding)(record) == [Sample("q", "1+1=2", reference_answer="2")]
