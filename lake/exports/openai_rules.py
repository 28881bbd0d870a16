"""OpenAI's published rules of fine-tuning files, for one line: `check` raises Unfit with the rule that is broken.

Sources: the guides on supervised fine-tuning and on direct preference optimisation, the API reference of chat messages,
and the cookbook's "Data preparation and analysis for chat model fine-tuning".
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from lake.exports.base import Unfit

_KEYS = {
    "system": {"content", "name"},
    "user": {"content", "name"},
    "assistant": {"content", "name", "refusal", "tool_calls", "function_call", "weight"},
    "tool": {"content", "tool_call_id"},
    "function": {"content", "name"},
}
_PARTS = frozenset({"text", "image_url", "input_audio", "file", "refusal"})


def check_file(path: Path) -> None:
    """Check every line of a file; raises ValueError naming the line and the rule."""
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                check(orjson.loads(line))
            except Unfit as unfit:
                raise ValueError(f"line {number} of {path.name} breaks a rule of OpenAI: {unfit}") from None


def check(line: Mapping[str, Any]) -> None:
    """Check a line of either layout; other keys beside those of the layout are not looked at."""
    given = line.get("input", line)
    messages = given.get("messages")
    if not isinstance(messages, list) or not messages:
        raise Unfit("no list of messages")
    for tool in given.get("tools", ()):
        _check_function(tool["function"] if tool.get("type") == "function" else {})
    for function in given.get("functions", ()):
        _check_function(function)
    if "input" not in line:
        if messages[-1]["role"] != "assistant":
            raise Unfit("no answer of the assistant at the end")
        _check_messages(messages)
        return
    for side in ("preferred_output", "non_preferred_output"):
        output = line.get(side)
        if not isinstance(output, list) or len(output) != 1 or output[0].get("role") != "assistant":
            raise Unfit(f"{side} is not one message of the assistant")
        _check_messages([*messages, *output])


def _check_messages(messages: list[dict[str, Any]]) -> None:
    """Each message by itself, and every call but those of the last message with the results that answer it."""
    open_calls: set[str] = set()
    for number, message in enumerate(messages):
        _check_message(message)
        role = message["role"]
        if role == "tool":
            if message["tool_call_id"] not in open_calls:
                raise Unfit("a result without a call")
            open_calls.remove(message["tool_call_id"])
            continue
        if open_calls:
            raise Unfit("a call without a result")
        if role == "function" and not (number and messages[number - 1].get("function_call")):
            raise Unfit("a result without a call")
        open_calls = {call["id"] for call in message.get("tool_calls") or ()}


def _check_message(message: dict[str, Any]) -> None:
    role = message.get("role")
    if role not in _KEYS:
        raise Unfit(f"a turn of role {str(role)[:40]!r}")
    if unknown := message.keys() - _KEYS[role] - {"role"}:
        raise Unfit(f"a turn with a {sorted(unknown)[0]!r}")
    calls = message.get("tool_calls")
    _check_content(
        message.get("content"), may_lack=bool(calls or message.get("function_call") or message.get("refusal"))
    )
    if role == "tool" and not isinstance(message.get("tool_call_id"), str):
        raise Unfit("a result that names no call")
    if role == "function" and not message.get("name"):
        raise Unfit("a result that names no function")
    if message.get("weight", 1) not in (0, 1):
        raise Unfit("a turn of a weight other than 0 and 1")
    if calls is not None and not calls:
        raise Unfit("an empty list of calls")
    for call in calls or ():
        if not isinstance(call.get("id"), str) or call.get("type") != "function":
            raise Unfit("a call without id or type")
        _check_call(call.get("function"))
    if "function_call" in message:
        _check_call(message["function_call"])


def _check_content(content: Any, *, may_lack: bool) -> None:
    if isinstance(content, str) or (content is None and may_lack):
        return
    if not isinstance(content, list) or not content:
        raise Unfit("a turn without content")
    for part in content:
        kind = part.get("type") if isinstance(part, Mapping) else None
        if kind not in _PARTS:
            raise Unfit(f"a turn with a part of type {str(kind)[:40]!r}")


def _check_call(function: Any) -> None:
    if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
        raise Unfit("a call without the name of a tool")
    if not isinstance(function.get("arguments"), str):
        raise Unfit("arguments of a call that are not a text")


def _check_function(function: Mapping[str, Any]) -> None:
    if not isinstance(function.get("name"), str) or not isinstance(function.get("parameters", {}), Mapping):
        raise Unfit("a tool that is no function with a name")
