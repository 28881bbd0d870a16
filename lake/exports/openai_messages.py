"""A sample's turns as messages of OpenAI's API: calls and results paired by ids, weights, the old form of calls."""

from __future__ import annotations

from typing import Any

from lake.exports.base import Unfit
from lake.exports.calls import JOINT, Said, rendered, said
from lake.exports.conversation import Dialogue
from lake.formats.chat import Message


class Messages:
    """A sample's turns as messages, the answer last.

    - legacy: whether calls are of the old form (`function_call`); None where there are none.
    - lost: what the turns have that a message has no place for.
    """

    def __init__(self, found: Dialogue) -> None:
        self.every: list[dict[str, Any]] = []
        self.legacy: bool | None = None
        self.lost: set[str] = set()
        self._open: list[str] = []
        self._used: set[str] = set()
        if found.system is not None:
            self.every.append({"role": "system", "content": found.system})
        turns = [*found.prompt, found.answer]
        for number, turn in enumerate(turns):
            if turn.role == "tool":
                results = 1
                while number + results < len(turns) and turns[number + results].role == "tool":
                    results += 1
                self.every += self._result(turn, alone=results == 1 and turns[number - 1].role != "tool")
            else:
                if self._open:
                    raise Unfit("a call without a result")
                answered = number + 1 < len(turns) and turns[number + 1].role == "tool"
                self.every.append(self._said(turn, answered=answered))

    def _said(self, turn: Message, *, answered: bool) -> dict[str, Any]:
        extra = turn.extra or {}
        parts = said(turn)
        if answered and not parts.calls and isinstance(parts.content, str):
            parts = rendered(parts.content)._replace(reasoning=parts.reasoning)
        message: dict[str, Any] = {"role": turn.role, "content": parts.thought}
        if isinstance(extra.get("name"), str) and extra["name"]:
            message["name"] = extra["name"]
        if turn.role == "assistant":
            message |= self._calls(parts)
            if isinstance(extra.get("refusal"), str):
                message["refusal"] = extra["refusal"]
            if (weight := extra.get("weight")) in (0, 1):
                message["weight"] = int(weight)
            elif weight is not None:
                self.lost.add("weights of turns other than 0 and 1")
        return message

    def _calls(self, parts: Said) -> dict[str, Any]:
        if not parts.calls:
            return {}
        empty = {} if parts.thought else {"content": None}
        self.legacy = parts.legacy
        if parts.legacy:
            call = parts.calls[0]
            self._open = [call.name]
            return {**empty, "function_call": {"name": call.name, "arguments": call.text}}
        calls = []
        for call in parts.calls:
            number = len(self._used) + 1
            identifier = call.id if call.id and call.id not in self._used else f"call_{number}"
            self._used.add(identifier)
            self._open.append(identifier)
            function = {"name": call.name, "arguments": call.text}
            calls.append({"id": identifier, "type": "function", "function": function})
        return {**empty, "tool_calls": calls}

    def _result(self, turn: Message, *, alone: bool) -> list[dict[str, Any]]:
        """The results a turn holds: one, or those of parallel calls that were joined."""
        if not self._open:
            raise Unfit("a result without a call")
        if self.every[-1].get("function_call"):
            return [{"role": "function", "name": self._open.pop(), "content": turn.text}]
        texts = turn.text.split(JOINT) if alone and len(self._open) > 1 else [turn.text]
        if alone and len(texts) != len(self._open):
            raise Unfit("parallel calls with one result")
        stated = (turn.extra or {}).get("tool_call_id")
        found = []
        for text in texts:
            identifier = stated if stated in self._open else self._open[0]
            self._open.remove(identifier)
            found.append({"role": "tool", "tool_call_id": identifier, "content": text})
        return found


def rejected(found: Dialogue) -> dict[str, Any]:
    """The answer not preferred as a message; its calls are calls again where the one preferred makes some."""
    text = found.rejected or ""
    parts = rendered(text) if said(found.answer).calls else Said(text, None, ())
    calls = [
        {"id": f"call_{n}", "type": "function", "function": {"name": call.name, "arguments": call.text}}
        for n, call in enumerate(parts.calls, start=1)
    ]
    message = {"role": "assistant", "content": parts.content or (None if calls else "")}
    return message | ({"tool_calls": calls} if calls else {})
