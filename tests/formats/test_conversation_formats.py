"""Conversations: ShareGPT, OpenAI messages, pairs, prompt lists."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lake.formats.base import Sample, Unusable
from lake.formats.chat import Message, render
from lake.formats.detect import converter, detect

USER, ASSISTANT = {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}


def convert(record: dict[str, Any]) -> tuple[str, list[Sample]]:
    binding = detect([record], mapping=None)
    return binding.format, converter(binding)(record)


def test_rendering_tags_roles_except_a_lone_user_turn() -> None:
    assert render([Message("user", "Hi")]) == "Hi"
    assert render([Message("user", "Hi"), Message("assistant", "Hello")]) == "<|user|>\nHi\n<|assistant|>\nHello"
    assert render([Message("tool", "42")]) == "<|tool|>\n42"


@pytest.mark.parametrize(
    ("name", "record"),
    [
        ("openai_messages", {"messages": [USER, ASSISTANT]}),
        ("openai_messages", {"messages": json.dumps([USER, ASSISTANT])}),
        ("openai_messages", {"messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}, ASSISTANT]}),
        ("openai_messages", {"conversations": [USER, ASSISTANT]}),
        ("openai_messages", {"my_column": [{"speaker": "Human", "text": "Hi"}, {"speaker": "AI", "text": "Hello"}]}),
        ("openai_messages", {"prompt": [USER], "completion": [ASSISTANT]}),
        ("openai_messages", {"messages": [{**USER, "name": None, "tool_calls": None}, ASSISTANT], "prompt": "Hi"}),
        ("sharegpt", {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}]}),
        ("turn_pairs", {"conversation": [{"input": "Hi", "output": "Hello"}]}),
        ("turns", {"data": ["Hi", "Hello"]}),
    ],
)
def test_one_turn_equals_an_alpaca_row(name: str, record: dict[str, Any]) -> None:
    assert convert(record) == (name, [Sample("Hi", "Hello")])


def test_several_turns_keep_their_structure() -> None:
    record = {
        "id": "c1",
        "conversations": [
            {"from": "system", "value": "Be kind."},
            {"from": "human", "value": "Hi"},
            {"from": "gpt", "value": "Hello"},
            {"from": "human", "value": "Bye"},
            {"from": "gpt", "value": "See you"},
        ],
    }
    turns = (("system", "Be kind."), ("user", "Hi"), ("assistant", "Hello"), ("user", "Bye"), ("assistant", "See you"))
    assert convert(record) == (
        "sharegpt",
        [
            Sample(
                "<|user|>\nHi\n<|assistant|>\nHello\n<|user|>\nBye",
                "See you",
                system="Be kind.",
                turns=turns,
                messages=[{"role": role, "content": text} for role, text in turns],
                meta={"id": "c1"},
                n_turns=2,
            )
        ],
    )


def test_a_conversation_that_ends_with_the_user_has_no_response() -> None:
    _, [sample] = convert({"messages": [USER, ASSISTANT, USER]})
    assert sample.instruction == "<|user|>\nHi\n<|assistant|>\nHello\n<|user|>\nHi"
    assert sample.response is None
    assert sample.n_turns == 2


def test_system_and_tools_columns() -> None:
    record = {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}]}
    _, [sample] = convert({**record, "system": "Be kind.", "tools": "[{}]"})
    assert (sample.system, sample.meta) == ("Be kind.", {"tools": "[{}]"})


def test_a_system_column_that_a_system_turn_overrides_stays_in_meta() -> None:
    _, [sample] = convert(
        {"messages": [{"role": "system", "content": "Be kind."}, USER, ASSISTANT], "system": "Be rude."}
    )
    assert (sample.system, sample.meta) == ("Be kind.", {"system": "Be rude."})


def test_sharegpt_function_call_and_observation() -> None:
    call = '{"name": "add", "arguments": {"a": 1}}'
    record = {
        "conversations": [
            {"from": "human", "value": "1+?"},
            {"from": "function_call", "value": call},
            {"from": "observation", "value": "2"},
            {"from": "gpt", "value": "Two."},
        ]
    }
    _, [sample] = convert(record)
    assert sample.instruction == (f"<|user|>\n1+?\n<|assistant|>\n<tool_call>\n{call}\n</tool_call>\n<|tool|>\n2")
    assert sample.response == "Two."
    assert sample.messages == [
        {"role": "user", "content": "1+?"},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"type": "function", "function": {"name": "add", "arguments": {"a": 1}}}],
        },
        {"role": "tool", "content": "2"},
        {"role": "assistant", "content": "Two."},
    ]


def test_openai_tool_calls_as_the_answer() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}
    _, [sample] = convert({"messages": [USER, {"role": "assistant", "content": None, "tool_calls": [call]}]})
    assert sample.response == '<tool_call>\n{"name": "add", "arguments": {"a": 1}}\n</tool_call>'
    assert sample.turns is None
    assert sample.messages == [USER, {"role": "assistant", "content": "", "tool_calls": [call]}]


def test_reasoning_stands_in_the_response() -> None:
    _, [sample] = convert({"messages": [USER, {**ASSISTANT, "reasoning_content": "A greeting."}]})
    assert sample == Sample("Hi", "<think>\nA greeting.\n</think>\n\nHello")
    thought = "<think>A greeting.</think>Hello"
    assert convert({"messages": [USER, {"role": "assistant", "content": thought}]})[1] == [Sample("Hi", thought)]
    both = {"role": "assistant", "content": thought, "reasoning_content": "A greeting."}
    assert convert({"messages": [USER, both]})[1] == [Sample("Hi", thought)]


def test_typed_parts() -> None:
    call = '{"name": "add", "arguments": {}}'
    parts = [
        {"type": "reasoning", "value": "Hm."},
        {"type": "text", "value": "Hello"},
        {"type": "tool_call", "value": call},
    ]
    _, [sample] = convert({"messages": [USER, {"role": "assistant", "content": parts}]})
    assert sample.response == f"<think>\nHm.\n</think>\n\nHello\n<tool_call>\n{call}\n</tool_call>"
    assert sample.messages == [
        USER,
        {
            "role": "assistant",
            "content": "Hello",
            "reasoning_content": "Hm.",
            "tool_calls": [{"type": "function", "function": {"name": "add", "arguments": {}}}],
        },
    ]


def test_parts_of_other_types_are_kept_as_they_are() -> None:
    parts = [{"type": "image_url", "image_url": {"url": "x.png"}}, {"type": "text", "text": "What is it?"}]
    _, [sample] = convert({"messages": [{"role": "user", "content": parts}, ASSISTANT]})
    assert sample.instruction == '{"type": "image_url", "image_url": {"url": "x.png"}}\nWhat is it?'
    assert sample.messages == [{"role": "user", "content": parts}, ASSISTANT]


def test_prompt_echo_leaves_meta_only_when_it_says_more() -> None:
    messages = json.dumps([{"role": "system", "content": "Think."}, USER])
    _, [same] = convert({"prompt": "Hi", "messages": messages, "ground_truth": "1", "id": "9"})
    assert same == Sample("Hi", None, system="Think.", reference_answer="1", meta={"id": "9"})
    _, [other] = convert({"prompt": "Hi!", "messages": messages})
    assert other.meta == {"prompt": "Hi!"}


def test_large_numbers_in_a_json_string_keep_their_digits() -> None:
    messages = (
        '[{"role": "user", "content": "Hi", "id": 123456789012345678901}, {"role": "assistant", "content": "Hello"}]'
    )
    _, [sample] = convert({"messages": messages})
    assert sample.messages == [{**USER, "id": 123456789012345678901}, ASSISTANT]


def test_kto_label_goes_to_meta() -> None:
    assert convert({"messages": [USER, ASSISTANT], "label": True}) == (
        "openai_messages",
        [Sample("Hi", "Hello", meta={"label": True})],
    )


def test_pairs_with_a_system_prompt_in_the_first() -> None:
    record = {
        "conversation": [{"system": "Be kind.", "input": "Hi", "output": "Hello"}, {"input": "Bye", "output": "Ciao"}]
    }
    name, [sample] = convert(record)
    assert name == "turn_pairs"
    assert (sample.system, sample.response, sample.n_turns) == ("Be kind.", "Ciao", 2)
    assert sample.instruction == "<|user|>\nHi\n<|assistant|>\nHello\n<|user|>\nBye"


def test_prompt_turns_expect_an_answer_each() -> None:
    name, [sample] = convert({"turns": ["Write.", "Shorten."], "reference": ["x", "y"]})
    assert name == "turns"
    assert sample.instruction == "<|user|>\nWrite.\n<|user|>\nShorten."
    assert sample.turns == (("user", "Write."), ("user", "Shorten."))
    assert (sample.response, sample.n_turns, sample.meta) == (None, 2, {"reference": ["x", "y"]})


def test_alpaca_history() -> None:
    name, [sample] = convert({"instruction": "Bye", "output": "Ciao", "history": [["Hi", "Hello"]]})
    assert name == "alpaca_history"
    assert sample.turns == (("user", "Hi"), ("assistant", "Hello"), ("user", "Bye"), ("assistant", "Ciao"))
    assert (sample.response, sample.meta, sample.n_turns) == ("Ciao", None, 2)


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        (None, "no conversation: column 'messages' holds null, not a list of turns"),
        ([], "no conversation: column 'messages' is an empty list"),
        ("plain", "no conversation: column 'messages' holds text, not a list of turns"),
        ('[{"role": "user"', "no conversation: column 'messages' holds text, not a list of turns"),
        ([ASSISTANT], "no instruction: the conversation has no text before the last answer"),
        ([{**USER, "content": " "}, ASSISTANT], "no instruction: the conversation has no text before the last answer"),
        ([{"content": "Hi"}], "column 'messages' has a turn without a role"),
        (["Hi"], "column 'messages' has a turn that is text, not an object"),
    ],
)  # fmt: skip
def test_refused_with_the_reason(messages: object, reason: str) -> None:
    into = converter(detect([{"messages": [USER, ASSISTANT]}], mapping=None))
    with pytest.raises(Unusable) as refusal:
        into({"messages": messages})
    assert str(refusal.value) == reason
