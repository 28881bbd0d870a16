"""Rows that are single turns: put together by their parents, or by a conversation and the place of the turn in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from lake.formats import conversations, single
from lake.formats.base import Binding, Converter, Record, Sample, Unusable
from lake.formats.chat import CALLS, ROLES
from lake.formats.columns import Columns
from lake.formats.values import is_scalar

NAME = "threads"
RANK = 6
TAKES = frozenset(("system", "split"))

TURNS = "_turns"
"""Where a thread that was put together has its turns."""

_IDS = ("message_id", "id", "node_id", "turn_id", "uid", "uuid")
_PARENTS = ("parent_id", "parent", "parent_message_id", "reply_to", "in_reply_to", "reply_to_id", "parent_uid")
_THREADS = (
    "conversation_id",
    "dialogue_id",
    "dialog_id",
    "thread_id",
    "session_id",
    "chat_id",
    "conv_id",
    "message_tree_id",
)
_PLACES = (
    "turn_index", "turn_idx", "turn_number", "turn_no", "turn", "turn_id", "position", "message_index", "utterance_idx",
    "order", "sequence", "index", "idx", "step",
)  # fmt: skip
_ROLES = ("role", "speaker", "from", "author_role", "sender", "author")
_TEXTS = ("text", "content", "message", "utterance", "body", "value")


def bind(records: list[Record]) -> Binding | None:
    """Records with a role, a text and either a parent or a conversation and a place in it.

    Options: parent and id, or thread and place: the columns that put turns together; role and text.
    """
    columns = Columns(records)
    role, text = columns.text(*_ROLES), columns.text(*_TEXTS)
    if role is None or text is None or role == text or columns.share(role, _is_role) < 1 or not columns.values[text]:
        return None
    options = {"role": role, "text": text}
    found_id, parent = columns.text(*_IDS), columns.text(*_PARENTS)
    thread, place = columns.text(*_THREADS), columns.text(*_PLACES)
    if found_id is not None and parent is not None and columns.values[parent]:
        options |= {"id": found_id, "parent": parent}
    elif thread is not None and place is not None and thread != place and columns.share(place, _is_number) == 1:
        options |= {"thread": thread, "place": place}
    else:
        return None
    return Binding(NAME, {"messages": TURNS, **single.common(columns, {role, text})}, options)


def converter(binding: Binding) -> Converter:
    """One sample per thread as `joined` makes them."""
    plain = conversations.converter(Binding(NAME, binding.fields))

    def convert(record: Record) -> list[Sample]:
        if TURNS not in record:
            raise Unusable("a single turn, and the turns before it are not in this row")
        return plain(record)

    return convert


def joined(records: Iterable[Record], binding: Binding) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Threads that end with an answer, each with the number of the record that answers; or why a record gives none.

    A record before an answer gives no thread of its own; one that nothing follows and that is no answer is told.
    """
    options, rows = binding.options, list(records)
    before = _by_parent(rows, options) if "parent" in options else _by_place(rows, options)
    answers = [_role(row, options) == "assistant" for row in rows]
    followed = {earlier for earlier in before if isinstance(earlier, int)}
    for number, row in enumerate(rows):
        if not answers[number]:
            if number not in followed:
                yield number, "nothing answers this turn"
            continue
        path = _path(number, before)
        if isinstance(path, str):
            yield number, path
            continue
        turns = [{"role": rows[at][options["role"]], "content": rows[at].get(options["text"])} for at in path]
        rest = {k: v for k, v in row.items() if k not in (options["role"], options["text"])}
        yield number, {TURNS: turns, **rest}


Before = list[int | str | None]
"""Of each record: the number of the one before it, None where it begins, or why it is not known."""


def _by_parent(rows: list[Record], options: dict[str, Any]) -> Before:
    known = {row.get(options["id"]): number for number, row in enumerate(rows)}
    found: Before = []
    for row in rows:
        parent = row.get(options["parent"])
        if parent in (None, ""):
            found.append(None)
        else:
            found.append(known.get(parent, f"the turn before it, {str(parent)[:60]!r}, is not in the source"))
    return found


def _by_place(rows: list[Record], options: dict[str, Any]) -> Before:
    threads: dict[Any, list[int]] = {}
    for number, row in enumerate(rows):
        threads.setdefault(row.get(options["thread"]), []).append(number)
    found: Before = [None] * len(rows)
    for numbers in threads.values():
        ordered = sorted(numbers, key=lambda number: float(rows[number].get(options["place"]) or 0))
        for earlier, later in pairwise(ordered):
            found[later] = earlier
    return found


def _path(number: int, before: Before) -> list[int] | str:
    path, seen, at = [number], {number}, before[number]
    while at is not None:
        if isinstance(at, str):
            return at
        if at in seen:
            return "the turns before it lead back to it"
        path.append(at)
        seen.add(at)
        at = before[at]
    return path[::-1]


def _role(row: Record, options: dict[str, Any]) -> str | None:
    return ROLES.get(str(row.get(options["role"])).strip().lower())


def _is_role(value: object) -> bool:
    return isinstance(value, str) and value.strip().lower() in ROLES and value.strip().lower() not in CALLS


def _is_number(value: object) -> bool:
    return is_scalar(value) and str(value).strip().lstrip("-").replace(".", "", 1).isdigit()
