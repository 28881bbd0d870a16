"""Trees of messages, as OpenAssistant's: a message with its replies; each path to an answer is a conversation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lake.formats import conversations, single, speakers
from lake.formats.base import Binding, Converter, Record, Sample, Unusable
from lake.formats.chat import Message, cut
from lake.formats.columns import Columns
from lake.formats.messages import ROLE_KEYS, TEXT_KEYS, message
from lake.formats.values import kind, parsed

NAME = "tree"
RANK = 14
TAKES = conversations.TAKES - {"response"}

_REPLIES = ("replies", "children")
_DEEPEST = 1000


def bind(records: list[Record]) -> Binding | None:
    """Records with a column that holds a message with replies."""
    columns = Columns(records)
    column = next((column for column in columns.values if columns.share(column, _is_tree) > 0.5), None)
    if column is None:
        return None
    return Binding(NAME, {"messages": column, **single.common(columns, {column})})


def converter(binding: Binding) -> Converter:
    """A sample per answer, with what stands before it; what else is known of messages goes to meta under the column."""
    column = binding.fields["messages"]
    collect, beside = single.rest(binding), single.answers(binding)

    def convert(record: Record) -> list[Sample]:
        tree = parsed(record.get(column))
        if not isinstance(tree, Mapping):
            raise Unusable(f"no conversation: column {column!r} holds {kind(tree)}, not a message with replies")
        system, reference, rejected, split = beside(record)
        meta = collect(record) or {}
        others: list[Any] = []
        samples = []
        for path, about in _paths(tree, column, others):
            found = cut(speakers.assigned(path, {}), system)
            samples.append(found.sample(reference, rejected, split, {**meta, column: about} if about else meta or None))
        if not samples:
            raise Unusable(f"nothing answers: column {column!r} has no turn of an assistant")
        if others:
            last = samples[-1]
            about = {**((last.meta or {}).get(column) or {}), "other_messages": others}
            samples[-1] = last._replace(meta={**(last.meta or {}), column: about})
        return samples

    return convert


def _paths(tree: Mapping[str, Any], column: str, others: list[Any]) -> Iterator[tuple[list[Message], dict[str, Any]]]:
    """Every answer with the messages up to it, in the order of the text, and what else is known of it.

    - others: takes up what is known of the messages that are no answers: all of those that nothing follows.
    """
    open_nodes: list[tuple[Mapping[str, Any], list[Message]]] = [(tree, [])]
    while open_nodes:
        node, before = open_nodes.pop()
        if len(before) > _DEEPEST:
            raise Unusable(f"column {column!r} has more than {_DEEPEST:,} turns in a row")
        said = {key: value for key, value in node.items() if key not in _REPLIES}
        turn = message({key: said[key] for key in (*ROLE_KEYS, *TEXT_KEYS) if key in said}, column)
        path = [*before, turn]
        if turn.role == "assistant":
            yield path, {key: value for key, value in said.items() if key not in (*ROLE_KEYS, *TEXT_KEYS)}
        replies: list[Any] = next((node[key] for key in _REPLIES if isinstance(node.get(key), list)), [])
        if turn.role != "assistant":
            followed = any(isinstance(reply, Mapping) for reply in replies)
            about = {k: v for k, v in said.items() if k not in (*ROLE_KEYS, *TEXT_KEYS)} if followed else said
            others += [about] if about else []
        others += [reply for reply in replies if not isinstance(reply, Mapping)]
        open_nodes += [(reply, path) for reply in reversed(replies) if isinstance(reply, Mapping)]


def _is_tree(value: object) -> bool:
    value = parsed(value)
    if not isinstance(value, Mapping) or not any(isinstance(value.get(key), list) for key in _REPLIES):
        return False
    return any(isinstance(value.get(key), str) for key in ROLE_KEYS) and any(key in value for key in TEXT_KEYS)
