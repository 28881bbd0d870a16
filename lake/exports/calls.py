"""What a turn says apart: its content, its reasoning, and the calls it makes, whatever form its source gave them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from lake.exports.base import Unfit
from lake.formats.chat import THINK, Message
from lake.formats.values import parsed_json, parsed_list

JOINT = "\n</tool_response>\n<tool_response>\n"
"""What LLaMA-Factory puts between the results of parallel calls when it makes one observation of them."""

_ARGUMENTS = ("arguments", "parameters", "input")
_RENDERED = re.compile(r"\s*<tool_call>\s*(.*?)\s*</tool_call>\s*", re.DOTALL)


class Call(NamedTuple):
    """A call of a tool; `arguments` as the source has them, a JSON text or a value."""

    name: str
    arguments: Any
    id: str | None = None

    @property
    def text(self) -> str:
        """The arguments as a JSON text; a text stays as it is."""
        return self.arguments if isinstance(self.arguments, str) else orjson.dumps(self.arguments).decode()

    @property
    def values(self) -> dict[str, Any]:
        """The arguments as an object; raises Unfit where they are none."""
        found = self.arguments
        if isinstance(found, str):
            try:
                found = orjson.loads(found or "{}")
            except orjson.JSONDecodeError:
                found = None
        if not isinstance(found, dict):
            raise Unfit("arguments of a call that are no JSON object")
        return found


class Said(NamedTuple):
    """A turn taken apart.

    - content: text without reasoning and calls, or the parts of a turn that is not text alone.
    - legacy: whether the call is written as `function_call`, one a turn, answered by the role `function`.
    """

    content: Any
    reasoning: str | None
    calls: tuple[Call, ...]
    legacy: bool = False

    @property
    def thought(self) -> Any:
        """The content, its reasoning in front as `<think>`."""
        return with_reasoning(self.content, self.reasoning)


def said(message: Message) -> Said:
    """The parts of a turn; raises Unfit where a call has no name."""
    extra = message.extra or {}
    content = extra.get("content", message.text)
    reasoning = extra.get("reasoning_content")
    if not isinstance(reasoning, str) or not reasoning:
        reasoning = None
    elif "content" not in extra and isinstance(content, str) and "<think>" in content:
        reasoning = None  # the content says it already
    for key in ("tool_calls", "function_call"):
        if extra.get(key):
            found = parsed_list(extra[key])
            calls = tuple(_call(one) for one in (found if found is not None else [extra[key]]))
            return Said(content, reasoning, calls, legacy=key == "function_call")
    return Said(content, reasoning, ())


def rendered(text: str) -> Said:
    """A text whose calls stand in it as `<tool_call>`, taken apart; without any where one of them is no JSON."""
    try:
        calls = tuple(_call(block) for block in _RENDERED.findall(text))
    except Unfit:
        calls = ()
    return Said(_RENDERED.sub("", text), None, calls) if calls else Said(text, None, ())


def with_reasoning(content: Any, reasoning: str | None) -> Any:
    """The content with its reasoning in front as `<think>`; as it is where it has some, or is not text."""
    if reasoning is None or not isinstance(content, str) or "<think>" in content:
        return content
    return f"{THINK.format(reasoning)}\n{content}"


def _call(value: Any) -> Call:
    if isinstance(value, str):
        value = parsed_json(value)
    function = value.get("function", value) if isinstance(value, Mapping) else None
    if not isinstance(function, Mapping) or not isinstance(function.get("name"), str) or not function["name"]:
        raise Unfit("a call without the name of a tool")
    arguments: Any = next((function[key] for key in _ARGUMENTS if function.get(key) is not None), {})
    identifier = value.get("id")
    return Call(function["name"], arguments, identifier if isinstance(identifier, str) and identifier else None)
