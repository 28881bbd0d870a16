"""An engine without a model whose first token decides what befalls it; for tests of the process it runs in."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence

from scorers.engines.interface import Calls, EngineError, Failed, LacksCapabilityError, NextToken, Prompt, Scored
from scorers.engines.options import Options
from scorers.models.facts import ModelFacts

KILLED, CRASHED, NO_MEMORY, RAISED, TOO_MANY, SLOW, FAILED_LOAD = 1, 2, 3, 4, 5, 6, 7


class FaultyEngine:
    name = "faulty"
    survives = True
    stamp = "faulty"
    capabilities = frozenset({"next_token"})

    def __init__(self, facts: ModelFacts, options: Options) -> None:
        if facts.max_length == FAILED_LOAD:
            raise EngineError("It cannot be loaded.", hint="Do something else.")
        if facts.max_length == KILLED:
            os.kill(os.getpid(), signal.SIGKILL)
        self.facts = facts
        self.calls = Calls()

    def next_token(self, requests: Sequence[Prompt], candidates: Sequence[int]) -> list[NextToken]:
        kinds = [each.ids[0] for each in requests]
        if KILLED in kinds:
            os.kill(os.getpid(), signal.SIGKILL)
        if CRASHED in kinds:
            print("the last line it wrote, with sk-secret-key-1234", flush=True)
            os.abort()
        if NO_MEMORY in kinds or (TOO_MANY in kinds and len(kinds) > 2):
            raise MemoryError("no room")
        if RAISED in kinds:
            raise ValueError("wrong shape\nsecond line")
        if SLOW in kinds:
            time.sleep(60)
        self.calls.forwards += len(requests)
        return [NextToken((float(each.ids[0]),)) for each in requests]

    def gradients(self, requests: Sequence[Scored], **named: object) -> list[Failed]:
        raise LacksCapabilityError.of(self.name, "gradients")

    def close(self) -> None:
        pass
