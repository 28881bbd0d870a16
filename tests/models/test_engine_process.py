"""An engine in a process of its own: what crashes it costs the rows to blame, and it never outlives its owner."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import faulty_engine as faults
import pytest

from scorers.engines.interface import EngineError, Failed, LacksCapabilityError, NextToken, Prompt, Scored
from scorers.engines.options import Options
from scorers.engines.pool import Pool
from scorers.engines.process import Process
from scorers.models.facts import ModelFacts

pytestmark = pytest.mark.slow

FAULTY = "faulty_engine:FaultyEngine"
GOOD = 10


def facts(**changes: Any) -> ModelFacts:
    return ModelFacts(**{"name": "mine", "id": "mine", "head": "causal", "engines": ("vllm",), **changes})


@pytest.fixture(scope="module")
def shared() -> Iterator[Process]:
    engine = Process(facts(), Options(restarts=3), FAULTY)
    yield engine
    engine.close()


def asked(engine: Process, *kinds: int) -> list[Any]:
    return engine.next_token([Prompt((kind,)) for kind in kinds], [0])


def value(kind: int) -> NextToken:
    return NextToken((float(kind),))


def gone(pid: int, *, within: float = 30.0) -> bool:
    """Whether a process ends; one that waits to be reaped has ended."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (faults.KILLED, "the engine was killed, which is what a machine without memory does"),
        (faults.CRASHED, "the engine crashed (SIGABRT)"),
        (faults.NO_MEMORY, "the engine ran out of memory"),
        (faults.RAISED, "ValueError: wrong shape"),
    ],
)
def test_a_batch_that_breaks_the_engine_is_halved_and_costs_the_text_to_blame(
    shared: Process, fault: int, reason: str
) -> None:
    found = asked(shared, 10, 11, fault, 12, 13)
    assert [each for each in found if isinstance(each, NextToken)] == [value(kind) for kind in (10, 11, 12, 13)]
    assert isinstance(found[2], Failed)
    assert found[2].status == "failed"
    assert found[2].reason.startswith(reason)


def test_a_batch_too_large_for_the_memory_is_halved_until_it_fits(shared: Process) -> None:
    restarts, forwards = shared.calls.restarts, shared.calls.forwards
    assert asked(shared, *[faults.TOO_MANY] * 8) == [value(faults.TOO_MANY)] * 8
    assert shared.calls.forwards - forwards == 8
    assert shared.calls.restarts == restarts


def test_its_last_words_are_told_without_secrets(shared: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "sk-secret-key-1234")
    (found,) = asked(shared, faults.CRASHED)
    assert found.reason == "the engine crashed (SIGABRT); it wrote: the last line it wrote, with ***"


def test_texts_that_crash_it_one_after_the_other_end_it_and_get_no_status(shared: Process) -> None:
    with pytest.raises(EngineError, match="crashed on 3 texts in a row"):
        asked(shared, *[faults.KILLED] * 4, GOOD)
    assert shared.pid is None
    assert asked(shared, GOOD) == [value(GOOD)]


def test_what_it_cannot_do_is_an_error_and_leaves_it_running() -> None:
    engine = Process(facts(), Options(), FAULTY)
    before = engine.pid
    with pytest.raises(LacksCapabilityError, match="The engine faulty cannot do gradients"):
        engine.gradients([])
    with pytest.raises(LacksCapabilityError, match="The engine faulty cannot do gradients"):
        engine.gradients([Scored((1, 2), ((1, 2),))])
    assert engine.pid == before
    engine.close()
    assert before is not None
    assert gone(before)


def test_a_model_that_cannot_be_loaded_says_why() -> None:
    with pytest.raises(EngineError, match="It cannot be loaded") as caught:
        Process(facts(max_length=faults.FAILED_LOAD), Options(), FAULTY)
    assert caught.value.hint == "Do something else."
    with pytest.raises(EngineError, match="ended while it loaded mine: the engine was killed"):
        Process(facts(max_length=faults.KILLED), Options(), FAULTY)


def test_a_process_that_gives_no_sign_of_life_is_ended() -> None:
    engine = Process(facts(), Options(silence=3.0), FAULTY)
    pid = engine.pid
    assert pid is not None
    stopper = threading.Timer(0.5, os.kill, (pid, signal.SIGSTOP))
    stopper.start()
    (found,) = asked(engine, faults.SLOW)
    assert found == Failed("failed", "the engine gave no sign of life for 3 s")
    assert gone(pid)
    engine.close()


def test_killed_from_outside_in_the_middle_of_a_call_it_is_started_again(shared: Process) -> None:
    asked(shared, GOOD)
    assert shared.pid is not None
    killer = threading.Timer(0.3, os.kill, (shared.pid, signal.SIGKILL))
    killer.start()
    (found,) = asked(shared, faults.SLOW)
    assert found.reason.startswith("the engine was killed")
    assert asked(shared, GOOD) == [value(GOOD)]


OWNER = """
import sys
from scorers.engines.interface import Prompt
from scorers.engines.options import Options
from scorers.engines.process import Process
from scorers.models.facts import ModelFacts
engine = Process(ModelFacts("mine", "mine", "causal", ("vllm",)), Options(), "faulty_engine:FaultyEngine")
try:
    print(engine.pid, flush=True)
    engine.next_token([Prompt((6,))], [0])
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_it_ends_with_its_owner(how: signal.Signals) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    owner = subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True, env=environment)
    assert owner.stdout is not None
    pid = int(owner.stdout.readline())
    time.sleep(0.5)
    owner.send_signal(how)
    assert gone(pid)
    assert owner.stdout.read() == ("interrupted\n" if how == signal.SIGINT else "")
    owner.stdout.close()
    owner.wait(30)


def test_several_engines_share_a_batch_and_answer_in_its_order() -> None:
    pool = Pool.of(facts(), Options(), FAULTY, [(0,), (1,)])
    kinds = list(range(10, 27))
    assert pool.next_token([Prompt((kind,) * (kind % 5 + 1)) for kind in kinds], [0]) == [value(k) for k in kinds]
    assert pool.calls.forwards == len(kinds)
    assert all(engine.calls.forwards >= 8 for engine in pool._engines)
    pids = [engine.pid for engine in pool._engines]
    pool.close()
    assert all(pid is not None and gone(pid) for pid in pids)


def test_where_one_of_several_engines_cannot_be_loaded_none_is_left() -> None:
    with pytest.raises(EngineError, match="It cannot be loaded"):
        Pool.of(facts(max_length=faults.FAILED_LOAD), Options(), FAULTY, [(0,), (1,)])
