"""A judge behind a loopback server, and lakes that know it; for tests of judging."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from loopback import Loopback

Q = ("clarity", "coherence", "completeness", "complexity", "correctness", "meaningfulness")

FACTS = """
id = "mine"
head = "causal"
template = "chat"
engines = ["openai"]
server = "{url}"
key = "JUDGE_TEST_KEY"
price_in = 1.0
price_out = 4.0
"""

KEY = "sk-judge-0123456789abcdef"

PAIRS = [("aaaa", "bbbb"), ("a" * 12, "b" * 20), ("aaaa", "bbbb"), ("solo " * 4, None), ("", "orphan")]
"""Instructions and responses: a pair twice, one without a response, one without an instruction."""


def know(folder: Path, server: Loopback, name: str = "small", **changes: str) -> Path:
    """Write the facts of the judge into a folder of models."""
    folder.mkdir(exist_ok=True)
    text = FACTS.format(url=server.url)
    for fact, value in changes.items():
        text = re.sub(rf"(?m)^{fact} = .*$", f"{fact} = {value}", text)
    (folder / f"{name}.toml").write_text(text)
    return folder


def part(prompt: str, title: str = "(?:INSTRUCTION|PROBLEM|TASK)") -> str:
    """What stands in a prompt under a title of equals signs."""
    found = re.search(rf"===== {title} =====\n(.*?)\n=====", prompt, re.DOTALL)
    return found[1] if found else ""


def rating(value: int, *, response: bool = False, **changes: Any) -> str:
    """An answer that gives every dimension the same rating, but for changes."""
    keys = (*Q, "relevance") if response else Q
    return json.dumps({**dict.fromkeys(keys, value), **changes})


def by_length(prompt: str) -> str:
    """A judge that rates by the length of what it sees: 1 to 10, a point for 5 characters."""
    sees_response = "===== RESPONSE =====" in prompt
    seen = part(prompt) + part(prompt, "RESPONSE")
    value = min(10, 1 + len(seen) // 5)
    if "## score" in prompt:
        return json.dumps({"reason": "its length", "score": value})
    return rating(value, response=sees_response)


Judge = Callable[[str], str]
