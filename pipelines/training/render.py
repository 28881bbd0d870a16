"""Conversations as tokens for training: which text a template makes of them, and which tokens carry a loss."""

from __future__ import annotations

import contextlib
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lake.formats.chat import TOOL_CALL

Message = Mapping[str, Any]


@dataclass(frozen=True)
class Piece:
    """A stretch of text; `trained` says whether its tokens carry a loss."""

    text: str
    trained: bool


@dataclass(frozen=True)
class Template:
    """How turns become text: what stands before a question, before its answer, and after it.

    `default` is that of LLaMA-Factory; `plain` has question and answer as they are, for small models.
    """

    system: str
    user: str
    assistant: str
    between: str


TEMPLATES = {
    "default": Template(system="{content}\n", user="Human: {content}", assistant="\nAssistant:", between="\n"),
    "plain": Template(system="{content}\n", user="{content}", assistant=" ", between="\n"),
}


def pieces(messages: Sequence[Message], template: Template, end: str) -> list[Piece]:
    """The stretches of a conversation: every answer is trained, unless its turn has the weight 0; the rest is not.

    - end: the token that ends a text; it is part of each answer.
    """
    found: list[Piece] = []
    for number, message in enumerate(messages):
        content = said(message)
        role = message["role"]
        if role == "assistant":
            found.append(Piece(template.assistant, trained=False))
            found.append(Piece(content + end, trained=float(message.get("weight", 1) or 0) > 0))
            continue
        if number and messages[number - 1]["role"] == "assistant":
            found.append(Piece(template.between, trained=False))
        shape = template.system if role in ("system", "developer") else template.user
        found.append(Piece(shape.replace("{content}", content), trained=False))
    return found


def said(message: Message) -> str:
    """The text of a turn in OpenAI's form: its content, then its calls of tools, each as a lake writes it."""
    legacy = message.get("function_call")
    calls = [each["function"] for each in message.get("tool_calls") or []] + ([legacy] if legacy else [])
    parts = [str(message["content"])] if message.get("content") else []
    for call in calls:
        arguments = call.get("arguments")
        with contextlib.suppress(TypeError, ValueError):  # a text that is no JSON stays one
            arguments = json.loads(arguments)
        parts.append(TOOL_CALL.format(json.dumps({"name": call["name"], "arguments": arguments}, ensure_ascii=False)))
    return "\n".join(parts)


def tokens(tokenizer: Any, messages: Sequence[Message], template: Template, longest: int) -> dict[str, list[int]]:
    """`input_ids` and `completion_mask` of a conversation, cut at `longest` tokens."""
    ids: list[int] = []
    mask: list[int] = []
    if tokenizer.bos_token_id is not None:
        ids, mask = [tokenizer.bos_token_id], [0]
    for piece in pieces(messages, template, tokenizer.eos_token or ""):
        found = tokenizer.encode(piece.text, add_special_tokens=False)
        ids += found
        mask += [int(piece.trained)] * len(found)
    return {"input_ids": ids[:longest], "completion_mask": mask[:longest]}


def copies(rows: Sequence[Mapping[str, Any]], seed: int) -> Iterator[Mapping[str, Any]]:
    """Every row as often as its weight says; a fraction is drawn, by the seed."""
    chance = random.Random(seed)
    for row in rows:
        weight = float(row.get("weight", 1.0))
        whole = int(weight)
        yield from (row for _ in range(whole + (chance.random() < weight - whole)))
