"""Chats rendered with the templates of models are cut at their marks; so are transcripts in other columns."""

from __future__ import annotations

from typing import Any

import pytest

from lake.formats.base import Sample, Unusable
from lake.formats.detect import converter, detect

TURNS = (("system", "Be dry."), ("user", "Rain?"), ("assistant", "Soon."), ("user", "When?"), ("assistant", "At five."))


def convert(rows: list[dict[str, Any]]) -> Sample:
    (sample,) = converter(detect(rows, mapping=None))(rows[0])
    return sample


@pytest.mark.parametrize(
    "text",
    [
        "<s>[INST] <<SYS>>\nBe dry.\n<</SYS>>\n\nRain? [/INST] Soon. </s><s>[INST] When? [/INST] At five. </s>",
        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe dry.<|eot_id|><|start_header_id|>user<|end_header_id|>"
        "\n\nRain?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nSoon.<|eot_id|><|start_header_id|>user"
        "<|end_header_id|>\n\nWhen?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nAt five.<|eot_id|>",
        "<bos><start_of_turn>system\nBe dry.<end_of_turn>\n<start_of_turn>user\nRain?<end_of_turn>\n<start_of_turn>model\nSoon."
        "<end_of_turn>\n<start_of_turn>user\nWhen?<end_of_turn>\n<start_of_turn>model\nAt five.<end_of_turn>\n",
        "<|system|>\nBe dry.</s>\n<|user|>\nRain?</s>\n<|assistant|>\nSoon.</s>\n<|user|>\nWhen?</s>\n<|assistant|>\nAt five.</s>\n",
        "<|im_start|>system\nBe dry.<|im_end|>\n<|im_start|>user\nRain?<|im_end|>\n<|im_start|>assistant\nSoon.<|im_end|>\n"
        "<|im_start|>user\nWhen?<|im_end|>\n<|im_start|>assistant\nAt five.<|im_end|>\n",
        "<｜begin▁of▁sentence｜>Be dry.<｜User｜>Rain?<｜Assistant｜>Soon.<｜end▁of▁sentence｜><｜User｜>When?<｜Assistant｜>At five."
        "<｜end▁of▁sentence｜>",
        "<|start_of_role|>system<|end_of_role|>Be dry.<|end_of_text|>\n<|start_of_role|>user<|end_of_role|>Rain?<|end_of_text|>\n"
        "<|start_of_role|>assistant<|end_of_role|>Soon.<|end_of_text|>\n<|start_of_role|>user<|end_of_role|>When?<|end_of_text|>\n"
        "<|start_of_role|>assistant<|end_of_role|>At five.<|end_of_text|>\n",
        "Be dry. USER: Rain? ASSISTANT: Soon.</s>USER: When? ASSISTANT: At five.</s>",
        "System: Be dry.\nUser: Rain?\nAssistant: Soon.\nUser: When?\nAssistant: At five.",
    ],
)  # fmt: skip
def test_templates(text: str) -> None:
    sample = convert([{"text": text}])
    assert sample.turns == TURNS
    assert (sample.system, sample.response, sample.n_turns) == ("Be dry.", "At five.", 2)


def test_tool_turns_of_a_template() -> None:
    call = '<tool_call>\n{"name": "sky", "arguments": {}}\n</tool_call>'
    parts = (("user", "Rain?"), ("assistant", call), ("tool", "grey"), ("assistant", "Soon."))
    text = "".join(f"<|im_start|>{role}\n{said}<|im_end|>\n" for role, said in parts)
    assert convert([{"text": text}]).turns == parts


def test_a_call_in_a_chat_column() -> None:
    chat = (
        "USER: Rain?\n\n\nASSISTANT: <functioncall> {\"name\": \"sky\", \"arguments\": '{\"at\": \"sea\"}'} <|endoftext|>\n\n\n"
        "FUNCTION RESPONSE: {\"colour\": \"grey\"}\n\n\nASSISTANT: Soon. <|endoftext|>"
    )  # fmt: skip
    sample = convert([{"system": "Look up.", "chat": chat}])
    assert sample.messages is not None
    assert sample.messages[2:4] == [
        {"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": {"name": "sky", "arguments": '{"at": "sea"}'}}]},
        {"role": "tool", "content": '{"colour": "grey"}'},
    ]  # fmt: skip
    assert (sample.system, sample.response) == ("Look up.", "Soon.")


def test_a_transcript_in_the_instruction() -> None:
    rows = [
        {"instruction": f"Human:Rain on day {n}?\nAssistant:Soon.\nHuman:When?\nAssistant:\n", "output": "At five."}
        for n in range(4)
    ]
    sample = convert(rows)
    assert sample.turns == (("user", "Rain on day 0?"), *TURNS[2:])
    assert convert([{"instruction": "Human: speak!", "output": "Yes."}]).instruction == "Human: speak!"


@pytest.mark.parametrize(
    ("asks", "answers"), [("Ann", "Bob"), ("caller", "operator"), ("用户", "助手"), ("buyer", "shop")]
)
def test_two_speakers_by_any_name(asks: str, answers: str) -> None:
    said = [(asks, "Rain?"), (answers, "Soon."), (asks, "When?"), (answers, "At five.")]
    sample = convert([{"dialog": [{"speaker": name, "text": text} for name, text in said]}])
    assert sample.response == "At five."
    assert [role for role, _ in sample.turns or ()] == ["user", "assistant", "user", "assistant"]
    assert convert([{"utterances": [f"{name}: {text}" for name, text in said]}]).turns == sample.turns


def test_who_mostly_begins_asks() -> None:
    rows = [
        {"messages": [{"role": "Ann", "content": f"Rain on {n}?"}, {"role": "Bob", "content": "Soon."}]}
        for n in range(5)
    ]
    greeted = {
        "messages": [
            {"role": "Bob", "content": "Hello."},
            {"role": "Ann", "content": "Rain?"},
            {"role": "Bob", "content": "No."},
        ]
    }
    (sample,) = converter(detect([*rows, greeted], mapping=None))(greeted)
    assert sample.turns == (("assistant", "Hello."), ("user", "Rain?"), ("assistant", "No."))
    assert sample.messages is not None
    assert [message["name"] for message in sample.messages] == ["Bob", "Ann", "Bob"]


def test_three_strangers_are_refused_by_name() -> None:
    row = {"messages": [{"role": name, "content": "x"} for name in ("Ann", "Bob", "Cid")]}
    with pytest.raises(Unusable, match="nobody is known to answer: the speakers are 'Ann', 'Bob', 'Cid'"):
        convert([row])


def test_a_system_turn_with_its_words_elsewhere() -> None:
    turns = [
        {"role": "system", "system_prompt": "Be dry.", "mask": False},
        {"role": "user", "text": "Rain?"},
        {"role": "ai", "text": "Soon."},
    ]
    sample = convert([{"trajectory": turns}])
    assert (sample.system, sample.instruction, sample.response) == ("Be dry.", "Rain?", "Soon.")
