"""Turns as sources write them (`role`/`content` or `from`/`value`, typed parts, tool calls, reasoning) as messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lake.formats.base import Unusable
from lake.formats.chat import CALLS, ROLES, THINK, TOOL_CALL, Message
from lake.formats.values import as_text, is_scalar, json_text, kind, parsed_json, parsed_list, turn_list, without_nulls

ROLE_KEYS = ("role", "from", "speaker", "author", "sender", "角色")
TEXT_KEYS = ("content", "value", "text", "message", "utterance", "内容")

_SYSTEM_KEYS = ("system_prompt", "system_message", "system", "prompt", "instruction")
"""Where a system turn may have its words instead, as those of SWE-agent have."""

_SAYING = {name: role for name, role in ROLES.items() if name not in CALLS}
_REASONING = ("reasoning_content", "reasoning", "thinking")
_TEXT_PARTS = ("text", "input_text", "output_text")
_REASONING_PARTS = ("reasoning", "thinking")
_CALL_PARTS = ("tool_call", "tool_calls", "function_call", "tool_use")


def read(value: object, column: str) -> list[Message]:
    """The turns of a list, also when held as a JSON string; raises Unusable with the reason when it holds none."""
    items = turn_list(value)
    if items is None:
        raise Unusable(f"no conversation: column {column!r} holds {kind(value)}, not a list of turns")
    if not items:
        raise Unusable(f"no conversation: column {column!r} is an empty list")
    return [message(item, column) for item in items]


def message(item: object, column: str) -> Message:
    """One turn; raises Unusable when it has no role or holds no text."""
    if type(item) is dict and len(item) == 2:  # the common case: nothing but role and text
        name, text = item.get("role"), item.get("content")
        if name is None:
            name, text = item.get("from"), item.get("value")
        if type(text) is str and type(name) is str and (role := _SAYING.get(name)) is not None:
            return Message(role, text)
    if not isinstance(item, Mapping):
        raise Unusable(f"column {column!r} has a turn that is {kind(item)}, not an object")
    return _message(without_nulls(item), column)


def _message(item: Mapping[str, Any], column: str) -> Message:
    role_key = next((key for key in ROLE_KEYS if isinstance(item.get(key), str)), None)
    if role_key is None:
        raise Unusable(f"column {column!r} has a turn without a role")
    text_key = next((key for key in TEXT_KEYS if item.get(key) is not None), None)
    name = item[role_key]
    role = ROLES.get(name.strip().lower(), name)
    if role == "system" and (text_key is None or item[text_key] == ""):
        text_key = next((key for key in _SYSTEM_KEYS if isinstance(item.get(key), str)), text_key)
    extra = {k: v for k, v in item.items() if k not in (role_key, text_key) and v is not None and v != []}
    content = None if text_key is None else item[text_key]
    if name.strip().lower() in CALLS:
        return _call_turn(content, extra, column)
    text, parts = _content(content, column)
    said = parts.get("content", text)
    if role == "assistant":
        text = _with_reasoning(text, extra)
    for key in ("tool_calls", "function_call"):
        calls = parsed_list(extra[key]) if key in extra else None
        for call in calls if calls is not None else [extra[key]] if key in extra else []:
            text = f"{text}\n{TOOL_CALL.format(_call(call, column))}" if text else TOOL_CALL.format(_call(call, column))
    extra = parts | extra
    keep = bool(extra.keys() - {"content", "reasoning_content"}) or isinstance(extra.get("content"), list)
    if extra and said != text:
        extra.setdefault("content", said)
    return Message(role, text, extra or None, keep)


def _with_reasoning(text: str, extra: dict[str, Any]) -> str:
    """The text with its reasoning in front; the key is renamed to reasoning_content once the text holds it."""
    for key in _REASONING:
        reasoning = extra.get(key)
        if not isinstance(reasoning, str) or not reasoning:
            continue
        if "<think>" not in text:
            text = f"{THINK.format(reasoning)}\n{text}"
        if reasoning in text:
            del extra[key]
            extra["reasoning_content"] = reasoning
        break
    return text


def _content(content: object, column: str) -> tuple[str, dict[str, Any]]:
    """The text of a turn, and what the stored message has instead of it (empty when the text says all)."""
    if content is None:
        return "", {}
    if is_scalar(content):
        return as_text(content, column) or "", {}
    if not isinstance(content, list):
        return json_text(content, column), {"content": content}
    texts: list[str] = []
    said: list[str] = []
    reasoning: list[str] = []
    calls: list[Any] = []
    faithful = True
    for part in content:
        sort, value, complete = _part(part)
        faithful &= complete
        if sort == "text" and isinstance(value, str):
            texts.append(value)
            said.append(value)
        elif sort == "reasoning" and isinstance(value, str):
            texts.append(THINK.format(value))
            reasoning.append(value)
        elif sort == "call" and value is not None:
            texts.append(TOOL_CALL.format(_call(value, column)))
            calls += calls_of(value) or [value]
        else:
            texts.append(json_text(part, column))
            faithful = False
    if not faithful:
        return "\n".join(texts), {"content": content}
    parts: dict[str, Any] = {"content": "\n".join(said)} if reasoning or calls else {}
    if reasoning:
        parts["reasoning_content"] = "\n".join(reasoning)
    if calls:
        parts["tool_calls"] = calls
    return "\n".join(texts), parts


def _part(part: object) -> tuple[str, Any, bool]:
    """Sort (text, reasoning, call, other), value, and whether these two say all of a content part."""
    if isinstance(part, str):
        return "text", part, True
    if not isinstance(part, Mapping):
        return "other", part, False
    filled = {key: value for key, value in part.items() if value is not None}
    name = filled.pop("type", "text")
    sort = "other"
    if isinstance(name, str):
        for candidate, names in (("text", _TEXT_PARTS), ("reasoning", _REASONING_PARTS), ("call", _CALL_PARTS)):
            sort = candidate if name in names else sort
    if sort == "other" or len(filled) != 1:
        return ("call" if sort == "call" else "other"), filled or None, False
    return sort, next(iter(filled.values())), True


def _call_turn(content: object, extra: dict[str, Any], column: str) -> Message:
    """A turn that is a tool call as a whole (`function_call`)."""
    text = TOOL_CALL.format(_call(content, column))
    calls = calls_of(content)
    said = {"content": "", "tool_calls": calls} if calls else {"content": text}
    return Message("assistant", text, {**extra, **said}, True)


def _call(call: object, column: str) -> str:
    """A call as text: as the source writes it, or as JSON: name, arguments, what else there is.

    Members of objects stand in alphabetical order, since those of a Parquet struct are in no order of the source's.
    """
    if isinstance(call, str):
        return call
    function = call.get("function") if isinstance(call, Mapping) else None
    if isinstance(function, Mapping) and isinstance(function.get("name"), str):
        call = function
    if isinstance(call, Mapping) and set(call) == {"name", "arguments"} and isinstance(call["arguments"], str):
        return f'{{"name": {json_text(call["name"], column)}, "arguments": {call["arguments"] or "{}"}}}'
    if isinstance(call, Mapping):
        try:
            first = [key for key in ("name", "arguments") if key in call]
            call = {key: _ordered(call[key]) for key in (*first, *sorted(call.keys() - set(first), key=str))}
        except RecursionError:
            raise Unusable(f"column {column!r} has a call that is nested too deeply") from None
    return json_text(call, column)


def _ordered(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _ordered(value[key]) for key in sorted(value, key=str)}
    return [_ordered(inner) for inner in value] if isinstance(value, list) else value


def calls_of(value: object) -> list[dict[str, Any]]:
    """The calls a text or object holds, as `tool_calls` entries; none when it is not JSON of that shape."""
    if isinstance(value, str):
        value = parsed_json(value)
    found = value if isinstance(value, list) else [value]
    if not found or not all(isinstance(call, dict) and isinstance(call.get("name"), str) for call in found):
        return []
    return [{"type": "function", "function": call} for call in found]
