"""A sample as turns: the stored messages where it has them, else system, instruction and response."""

from __future__ import annotations

from typing import NamedTuple

import orjson

from lake.exports.base import Row, Unfit
from lake.formats.base import Unusable
from lake.formats.chat import Message
from lake.formats.messages import read

COLUMNS = ("system", "instruction", "response", "messages", "rejected_response", "weight")
"""The columns these functions look at."""

WEIGHTS = "weights of turns"

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

    @property
    def lost_weights(self) -> frozenset[str]:
        """What is lost where turns cannot have a weight: theirs."""
        weighted = any((turn.extra or {}).get("weight") is not None for turn in (*self.prompt, self.answer))
        return frozenset({WEIGHTS} if weighted else ())


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
