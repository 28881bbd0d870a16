"""The process of an engine: opens it, answers calls, ends when its owner does. Run by `scorers.engines.process`."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from dataclasses import replace
from multiprocessing.connection import Connection
from typing import Any

from lake.errors import OdaError
from lake.redaction import redact
from scorers.engines.interface import Calls, EngineError
from scorers.engines.messages import Beat, Broken, Call, Done, Ready, Refused
from scorers.engines.opening import open_here
from scorers.models.weights import at_hand

_EVERY = 1.0
"""Seconds between signs of life."""


class Line:
    """The line to the owner, used by two threads."""

    def __init__(self, descriptor: int) -> None:
        os.set_inheritable(descriptor, False)
        self._connection = Connection(descriptor)
        self._lock = threading.Lock()

    def send(self, message: Any) -> None:
        """Say something; ends this process and what it started where nobody listens any more."""
        try:
            with self._lock:
                self._connection.send(message)
        except OSError:
            end()

    def hear(self) -> Any:
        """The next thing said; ends this process at the end of the line."""
        try:
            return self._connection.recv()
        except (EOFError, OSError):
            end()

    def beat(self) -> None:
        """Give signs of life for ever."""
        stop = threading.Event()
        while not stop.wait(_EVERY):
            self.send(Beat())


def end() -> None:
    """End this process and all it has started; it leads their group."""
    sys.stderr.flush()
    os.killpg(0, signal.SIGKILL)


def main(descriptor: int) -> None:
    """Open the engine that the owner names, then answer its calls."""
    line = Line(descriptor)
    facts, options, name = line.hear()
    threading.Thread(target=line.beat, daemon=True).start()
    gc.freeze()  # vLLM collects garbage many times while it starts, and all that is loaded stays to the end
    try:
        engine = open_here(facts, options, name)
        gc.freeze()
    except OdaError as error:
        line.send(Refused(error))
        return
    except Exception as error:
        line.send(Broken(told(error), survives=False))
        return
    tokenizes = facts.head != "fasttext" and (name != "openai" or at_hand(facts, hashed=False) is not None)
    line.send(Ready(engine.facts, engine.capabilities, engine.stamp, tokenizes))
    while True:
        line.send(answer(engine, line.hear()))


def answer(engine: Any, call: Call) -> Done | Refused | Broken:
    """The outcome of a call."""
    before = replace(engine.calls)
    try:
        outcomes = getattr(engine, call.method)(call.requests, *call.arguments, **call.named)
    except EngineError as error:
        return Broken(told(error), survives=False)
    except OdaError as error:
        return Refused(error)
    except Exception as error:
        memory = out_of_memory(error)
        if memory:
            forget()
        reason = "the engine ran out of memory" if memory else told(error)
        return Broken(reason, survives=getattr(engine, "survives", True))
    return Done(outcomes, Calls.since(engine.calls, before))


def out_of_memory(error: BaseException) -> bool:
    """Whether an exception means that memory was not enough, of this machine or a GPU."""
    names = {kind.__name__ for kind in type(error).__mro__}
    text = str(error).lower()
    return bool(names & {"MemoryError", "OutOfMemoryError"}) or "out of memory" in text or "can't allocate" in text


def forget() -> None:
    """Give freed memory of a GPU back, so that half a batch may fit."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()


def told(error: BaseException) -> str:
    """An exception in one line without secrets."""
    first = (str(error).strip().splitlines() or [""])[0]
    return redact(f"{type(error).__name__}: {first}" if first else type(error).__name__)[:300]


if __name__ == "__main__":
    main(int(sys.argv[1]))
