"""A sample as turns: the stored messages where it has them, else system, instruction and response."""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from lake.exports.base import Row, Unfit
from lake.formats.base import Unusable
from lake.formats.chat import Message
from lake.formats.messages import read

COLUMNS = ("system", "instruction", "response", "messages", "rejected_response", "weight")
"""The columns these functions look at; `tools` needs `meta` as well."""

ROLES = frozenset({"system", "user", "assistant", "tool"})


class Dialogue(NamedTuple):
    """The turns before the last answer (no system turn), the system text, the answer, and the one not preferred."""

    system: str | None
    prompt: list[Message]
    answer: Message
    rejected: str | None

    @property
    def lone(self) -> bool:
        """Whether it is one prompt and one answer."""
        return len(self.prompt) == 1 and self.prompt[0].role == "user"


def dialogue(row: Row) -> Dialogue:
    """The sample as turns that end with an answer; raises Unfit where there is none or a role is unknown."""
    if row["messages"] is None:
        if row["response"] is None:
            raise Unfit("no response")
        return Dialogue(
            row["system"],
            [Message("user", row["instruction"])],
            Message("assistant", row["response"]),
            row["rejected_response"],
        )
    turns = stored_turns(row)
    system = None
    if turns[0].role == "system":
        system, turns = turns[0].text, turns[1:]
    for turn in turns:
        if turn.role not in ROLES:
            raise Unfit(f"a turn of role {turn.role[:40]!r}")
    if len(turns) < 2 or turns[-1].role != "assistant":
        raise Unfit("no response")
    return Dialogue(system, turns[:-1], turns[-1], row["rejected_response"])


def stored_turns(row: Row) -> list[Message]:
    """The stored messages; raises Unfit where they hold no turns."""
    try:
        return read(orjson.loads(row["messages"]), "messages")
    except (Unusable, orjson.JSONDecodeError) as error:
        raise Unfit(f"unreadable messages: {error}") from None


def all_turns(row: Row) -> list[Message]:
    """Every turn of a sample, with or without an answer: system, prompt, response."""
    if row["messages"] is not None:
        return stored_turns(row)
    turns = [] if row["system"] is None else [Message("system", row["system"])]
    turns.append(Message("user", row["instruction"]))
    if row["response"] is not None:
        turns.append(Message("assistant", row["response"]))
    return turns


def tools(row: Row) -> list[Any] | None:
    """The tools a sample's model may call: `tools` (or `functions`) of the source, also when held as a JSON string."""
    meta = row.get("meta")
    if meta is None or ('"tools"' not in meta and '"functions"' not in meta):
        return None
    held = orjson.loads(meta)
    value = (held.get("tools") or held.get("functions")) if isinstance(held, dict) else None
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            return None
    if isinstance(value, dict):
        value = [value]
    return value if isinstance(value, list) and value else None
