"""Preference pairs in all their shapes give the chosen answer as response and the other as rejected response."""

from __future__ import annotations

from typing import Any

import pytest

from lake.formats.base import Sample
from lake.formats.detect import converter, detect

USER = {"role": "user", "content": "Hi"}
GOOD, BAD = {"role": "assistant", "content": "Hello"}, {"role": "assistant", "content": "Go away"}


def convert(record: dict[str, Any]) -> list[Sample]:
    binding = detect([record], mapping=None)
    assert binding.format == "preference"
    return converter(binding)(record)


@pytest.mark.parametrize(
    "record",
    [
        {"prompt": "Hi", "chosen": "Hello", "rejected": "Go away"},
        {"question": "Hi", "response_chosen": "Hello", "response_rejected": "Go away"},
        {"chosen": "\n\nHuman: Hi\n\nAssistant: Hello", "rejected": "\n\nHuman: Hi\n\nAssistant: Go away"},
        {"src": "Instruction: Hi ", "pos": "Response: Hello", "neg": "Response: Go away"},
        {"conversations": [{"from": "human", "value": "Hi"}], "chosen": {"from": "gpt", "value": "Hello"},
         "rejected": {"from": "gpt", "value": "Go away"}},
        {"prompt": "Hi", "chosen": [USER, GOOD], "rejected": [USER, BAD]},
        {"prompt": [USER], "chosen": [GOOD], "rejected": [BAD]},
        {"chosen": [USER, GOOD], "rejected": [USER, BAD]},
        {"prompt": "Hi", "chosen": [GOOD], "rejected": [BAD]},
        {"messages": [USER], "chosen": "Hello", "rejected": "Go away"},
    ],
)  # fmt: skip
def test_shapes(record: dict[str, Any]) -> None:
    assert convert(record) == [Sample("Hi", "Hello", rejected_response="Go away")]


def test_wrapped_input_follows_after_a_newline() -> None:
    record = {"src": "Instruction: Sort. Input: b a ", "pos": "Response: a b", "neg": "Response: b a"}
    assert convert(record) == [Sample("Sort.\nb a", "a b", rejected_response="b a")]


def test_input_column_follows_the_prompt() -> None:
    record = {"instruction": "Sort.", "input": "b a", "chosen": "a b", "rejected": "b a", "score": 2}
    assert convert(record) == [Sample("Sort.\nb a", "a b", rejected_response="b a", meta={"score": 2})]


def test_transcript_of_several_turns() -> None:
    start = "\n\nHuman: Hi\n\nAssistant: Hello\n\nHuman: Joke?\n\nAssistant:"
    [sample] = convert({"chosen": f"{start} Knock knock.", "rejected": f"{start} No."})
    assert sample.instruction == "<|user|>\nHi\n<|assistant|>\nHello\n<|user|>\nJoke?"
    assert (sample.response, sample.rejected_response, sample.n_turns) == ("Knock knock.", "No.", 2)
    assert sample.meta is None


def test_a_rejected_transcript_that_parts_earlier_is_kept() -> None:
    rejected = "\n\nHuman: Hey\n\nAssistant: No."
    [sample] = convert({"chosen": "\n\nHuman: Hi\n\nAssistant: Yes.", "rejected": rejected})
    assert sample == Sample("Hi", "Yes.", rejected_response="No.", meta={"rejected": rejected})


def test_prompt_that_the_chosen_conversation_does_not_hold_is_kept() -> None:
    [sample] = convert({"prompt": "Hey", "chosen": [USER, GOOD], "rejected": [USER, BAD]})
    assert sample.meta == {"prompt": "Hey"}
