"""Whether an attempt reaches the same mathematical value as the reference: `math-verify`, in a process of its own.

Symbolic comparison may take for ever or all memory on an expression somebody (or a model) made up. So it happens in a
child with a limit of memory; one pair that takes too long costs the child, and is undecided.
"""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import IO

PATIENCE = 30.0
"""Seconds for one pair; the library gives up earlier by itself where it can."""

_START = 120.0
_MEMORY = 2 << 30


def compare(pairs: Sequence[tuple[str, str]], *, patience: float = PATIENCE) -> list[bool | None]:
    """For each (reference, attempt) whether they agree; None where that could not be decided."""
    found: list[bool | None] = []
    while len(found) < len(pairs):
        rest = pairs[len(found) :]
        answers = list(_some(rest, patience))
        found += answers
        if len(answers) < len(rest):
            found.append(None)
    return found


def _some(pairs: Sequence[tuple[str, str]], patience: float) -> Iterator[bool | None]:
    """Answers of one child, up to the pair that it does not come to an end with."""
    with subprocess.Popen(
        [sys.executable, "-m", "scorers.judging.mathematics"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
    ) as child:
        assert child.stdin
        assert child.stdout
        said: queue.Queue[str] = queue.Queue()
        threading.Thread(target=_pump, args=(child.stdout, said), daemon=True).start()
        try:
            wait = _START
            for pair in pairs:
                child.stdin.write(json.dumps(pair) + "\n")
                child.stdin.flush()
                line = said.get(timeout=wait)
                if not line:
                    return
                yield json.loads(line)
                wait = patience
        except (queue.Empty, BrokenPipeError):
            return
        finally:
            child.kill()


def _pump(stream: IO[str], said: queue.Queue[str]) -> None:
    for line in stream:
        said.put(line)
    said.put("")


def _answer(reference: str, attempt: str) -> bool | None:
    from math_verify import parse, verify  # late: 2 s, in the child only

    gold = parse(f"${reference}$" if not reference.startswith("$") else reference) or parse(reference)
    if not gold:
        return None
    return bool(verify(gold, parse(attempt)))


def _main() -> None:
    import logging
    import resource

    logging.disable()
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    for line in sys.stdin:
        try:
            found = _answer(*json.loads(line))
        except (Exception, MemoryError):
            found = None
        print(json.dumps(found), flush=True)  # noqa: T201 - the answer of this process


if __name__ == "__main__":
    _main()
