"""Samples as a person reads them: who says what, turn after turn."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pipelines.command.terminal import table
from pipelines.command.terminal.output import Output

LINES = 12
"""Lines of a text that are shown, unless all are asked for."""

_WIDTH = 160
_BESIDE = ("reference_answer", "rejected_response", "split", "meta")


def show(out: Output, samples: Iterable[Mapping[str, Any]], *, whole: bool = False) -> int:
    """Print samples given as fields of the relation `samples`; returns how many."""
    number = 0
    for number, sample in enumerate(samples, 1):
        title = f"{sample['sample_id']}" if "sample_id" in sample else f"{number}"
        out.line(f"── {title} " + "─" * max(3, 40 - len(title)), "bold")
        for role, text in _turns(sample):
            _say(out, role, text, whole=whole)
        for name in _BESIDE:
            value = sample.get(name)
            if value:
                text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
                _say(out, name.replace("_", " "), text, whole=whole)
    return number


def _turns(sample: Mapping[str, Any]) -> list[tuple[str, str]]:
    messages = sample.get("messages")
    if isinstance(messages, str):
        messages = json.loads(messages)
    if messages:
        return [(str(message.get("role")), _text(message)) for message in messages]
    turns = [
        ("system", sample.get("system")),
        ("user", sample.get("instruction")),
        ("assistant", sample.get("response")),
    ]
    return [(role, text) for role, text in turns if text] + (
        [] if sample.get("response") else [("assistant", "(none)")]
    )


def _text(message: Mapping[str, Any]) -> str:
    """What a turn says, with its reasoning and calls."""
    content = message.get("content")
    parts = [content if isinstance(content, str) else json.dumps(content, ensure_ascii=False) if content else ""]
    if reasoning := message.get("reasoning_content"):
        parts.insert(0, f"(thinks) {reasoning}")
    for name in ("tool_calls", "function_call"):
        if calls := message.get(name):
            parts.append(f"(calls) {json.dumps(calls, ensure_ascii=False)}")
    return "\n".join(part for part in parts if part)


def _say(out: Output, who: str, text: str, *, whole: bool) -> None:
    lines = table.visible(text).split("\n")
    shown = lines if whole else [line if len(line) <= _WIDTH else line[:_WIDTH] + "…" for line in lines[:LINES]]
    if len(shown) < len(lines):
        shown.append(f"… {len(lines) - len(shown):,} more lines")
    out.line(f"{table.visible(who)}:", "cyan")
    for line in shown:
        out.line(f"  {line}")
