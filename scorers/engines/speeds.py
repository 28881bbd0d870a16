"""How many tokens a second models ran at on this machine, for plans; kept in the user's cache, not in a lake."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

from scorers.engines.interface import Calls

_LEAST_SECONDS = 2.0
"""A shorter run says little: most of it is the first batch."""

_WEIGHT = 0.5
"""Of the newest run in what is kept."""


def record() -> Path:
    """The file that holds the speeds."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "oda-lake" / "speeds.json"


def known(model: str, stamp: str, what: str) -> float | None:
    """Tokens a second of a model in an engine at a kind of work (`token_signals`); None where it never ran here."""
    found = _read().get(_key(model, stamp, what))
    return float(found) if isinstance(found, (int, float)) and found > 0 else None


def learn(model: str, stamp: str, done: Mapping[str, Calls]) -> None:
    """Remember the speeds of a run, by kind of work; where the file cannot be written they are forgotten."""
    everything = _read()
    changed = False
    for what, calls in done.items():
        speed = calls.tokens_per_second
        if speed is None or calls.seconds < _LEAST_SECONDS:
            continue
        key = _key(model, stamp, what)
        before = everything.get(key, speed)
        everything[key] = round(_WEIGHT * speed + (1 - _WEIGHT) * before, 1)
        changed = True
    if not changed:
        return
    target = record()
    draft = target.with_name(f".{target.name}.{os.getpid()}.partial")
    with contextlib.suppress(OSError):
        target.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(everything, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        draft.replace(target)


def _key(model: str, stamp: str, what: str) -> str:
    return f"{model} {stamp.removesuffix('+batch_dependent')} {what}"


def _read() -> dict[str, float]:
    try:
        found = json.loads(record().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
