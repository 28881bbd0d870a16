"""Who asks and who answers where speakers have other names than user and assistant."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from lake.formats.base import Unusable
from lake.formats.chat import ROLES, Message

_KNOWN = frozenset(("user", "assistant", "system", "tool"))
_NAMED = re.compile(r"\s*(?P<name>[^\s:：][^:：\n]{0,30}?)\s*[:：]\s*(?P<text>.*)", re.DOTALL)


def openers(conversations: Iterable[list[Message]]) -> dict[str, str]:
    """Names of speakers that are no known role: user where they mostly begin these conversations, else assistant."""
    begins: Counter[str] = Counter()
    for messages in conversations:
        turns = [message.role for message in messages if message.role not in ("system", "tool")]
        for name in set(turns) - _KNOWN:
            begins[name] += 1 if turns[0] == name else -1
    return {name: "user" if count > 0 else "assistant" for name, count in sorted(begins.items())}


def assigned(messages: list[Message], names: dict[str, str]) -> list[Message]:
    """The turns with user and assistant as roles where two speakers talk; a name that is no role stays as `name`.

    - names: what speakers are elsewhere in the source, see `openers`.

    Raises Unusable when there are more speakers and none of them is an assistant.
    """
    speakers = list(dict.fromkeys(message.role for message in messages if message.role not in ("system", "tool")))
    if not set(speakers) - _KNOWN:
        return messages
    if len(speakers) > 2:
        if "assistant" in speakers:
            return messages
        raise Unusable(f"nobody is known to answer: the speakers are {', '.join(map(repr, speakers[:6]))}")
    if len(speakers) == 1:
        return messages if messages[-1].role not in names else [_as(m, names.get(m.role, m.role)) for m in messages]
    roles = {name: name if name in _KNOWN else names.get(name, "assistant") for name in speakers}
    if len(set(roles.values())) == 1:
        first, second = speakers
        roles = {first: "user", second: "assistant"}
        if first == "assistant" or second == "user":
            roles = {first: "assistant", second: "user"}
    return [_as(message, roles.get(message.role, message.role)) for message in messages]


def _as(message: Message, role: str) -> Message:
    if role == message.role:
        return message
    return message._replace(role=role, extra={**(message.extra or {}), "name": message.role}, keep=True)


def named(text: str) -> Message | None:
    """The turn of a text that begins with a speaker's name and a colon."""
    found = _NAMED.fullmatch(text)
    if found is None:
        return None
    name = found["name"]
    return Message(ROLES.get(name.lower(), name), found["text"].strip())


def are_named(texts: list[str]) -> bool:
    """Whether texts are turns that begin with the names of few speakers."""
    names = [turn.role for turn in map(named, texts) if turn is not None]
    return len(names) == len(texts) > 1 and len(set(names)) <= 3 and len(set(names)) > 1
