"""Marks that chat templates of models write between turns, and what they write around texts."""

from __future__ import annotations

import re

TOKENS = (
    re.compile(r"<\|im_start\|>[ ]?(?P<role>[\w-]+)(?: name=[^\n]*)?\n"),  # ChatML: Qwen, Yi, SmolLM
    # Llama 3, 4
    re.compile(r"<\|(?:start_header_id|header_start)\|>\s*(?P<role>[\w-]+)\s*<\|(?:end_header_id|header_end)\|>\s*"),
    re.compile(r"<start_of_turn>(?P<role>\w+)\n?"),  # Gemma
    re.compile(r"<\|start_of_role\|>(?P<role>\w+)<\|end_of_role\|>"),  # Granite
    re.compile(r"<\|START_OF_TURN_TOKEN\|><\|(?P<role>\w+?)_TOKEN\|>"),  # Command R
    re.compile(r"<\|start\|>(?P<role>\w+)(?:<\|channel\|>\w+)?<\|message\|>"),  # GPT-OSS
    re.compile(r"<[|｜](?P<role>system|user|assistant|tool|observation|human|bot|model)[|｜]>:?[ ]?\n?", re.IGNORECASE),
    re.compile(r"(?P<role>\[/?INST\])"),  # Llama 2, Mistral
)  # fmt: skip
"""One pattern a family (the last but one: Zephyr, Phi, GLM, DeepSeek); `role` is the speaker."""

BRACKETS = {"[inst]": "user", "[/inst]": "assistant"}

SYSTEM = re.compile(r"\A\s*<<SYS>>(?P<system>.*?)<</SYS>>", re.DOTALL)
"""The system prompt within the first turn of Llama 2."""

_BEGIN = (
    r"<s>", r"<bos>", r"<\|begin_of_text\|>", r"<\|startoftext\|>", r"<BOS_TOKEN>", r"<[|｜]begin▁of▁sentence[|｜]>",
    r"\[gMASK\]", r"<sop>",
)  # fmt: skip
_END = (
    r"<\|im_end\|>", r"<\|eot_id\|>", r"<\|eom_id\|>", r"<\|eot\|>", r"<\|end_of_text\|>", r"<\|endoftext\|>", r"</s>",
    r"<end_of_turn>", r"<eos>", r"<\|end\|>", r"<\|return\|>", r"<\|END_OF_TURN_TOKEN\|>", r"<\|end_of_turn\|>",
    r"<[|｜]end▁of▁sentence[|｜]>",
)  # fmt: skip

BEGIN = re.compile(rf"\A\s*(?:(?:{'|'.join(_BEGIN)})\s*)*")
"""What stands before the first turn."""

AROUND = re.compile(rf"\A\s+|(?:\s|{'|'.join((*_END, *_BEGIN))})+\Z")
"""What stands around the text of a turn."""
