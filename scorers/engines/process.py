"""An engine in a process of its own: its end gives the memory back, its crash costs a few rows and a restart.

A batch that crashes the engine, or runs out of memory, is halved until single texts are left; a text that does so alone
gets `failed` with the reason. An engine that is crashed by one text after another is given up, and none of them gets a
status: then the engine is to blame.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import cached_property
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar, cast

from lake.redaction import redact
from scorers.engines import speeds
from scorers.engines.interface import (
    Calls,
    Capability,
    Embedded,
    EngineError,
    Failed,
    Generated,
    GradientSignals,
    LacksCapabilityError,
    NextToken,
    NotLoadedError,
    Pooled,
    Prompt,
    Sampling,
    Scored,
    Tokenizer,
    TokenSignals,
)
from scorers.engines.messages import Beat, Broken, Call, Done, Ready, Refused
from scorers.engines.options import Options
from scorers.engines.tokenizer import HubTokenizer
from scorers.models.facts import ModelFacts
from scorers.models.weights import at_hand

T = TypeVar("T")

_FAREWELL = 10.0
"""Seconds an engine has to end by itself."""

_READ = 1 << 16
"""Bytes of what it wrote that are looked at."""

_KEPT = 300
"""Characters of a reason that are kept."""


class _CrashError(Exception):
    """The process ended, or fell silent, during a call; or the call broke in it. counts: it had to be restarted."""

    def __init__(self, reason: str, *, counts: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.counts = counts


class Process:
    """An engine that runs elsewhere on this machine; see `scorers.engines.interface.Engine`."""

    def __init__(self, facts: ModelFacts, options: Options, engine: str) -> None:
        self.name: str = engine
        self.options = options
        self.calls = Calls()
        self.facts = facts
        self._given = facts
        self._engine = engine
        self._process: subprocess.Popen[bytes] | None = None
        self._barren = 0
        self._done: dict[str, Calls] = {}
        self._start()

    @property
    def pid(self) -> int | None:
        """The process; None once it is closed."""
        return self._process.pid if self._process else None

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """The model's tokenizer, in this process.

        Raises LacksCapabilityError for an engine whose model has none here.
        """
        if not self._ready.tokenizes:
            raise LacksCapabilityError.of(self.name, f"tokens of {self.facts.name}")
        found = at_hand(self._given, hashed=False)
        assert found is not None, "an engine runs without its files"
        return HubTokenizer(found.folder, trust_remote_code=self.facts.trust_remote_code)

    @property
    def stamp(self) -> str:
        """What of the engine its numbers depend on."""
        return self._ready.stamp

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What it can do."""
        return self._ready.capabilities

    def token_signals(self, requests: Sequence[Scored]) -> list[TokenSignals | Failed]:
        """Signals of texts, one forward each."""
        return self._halving("token_signals", requests)

    def next_token(self, requests: Sequence[Prompt], candidates: Sequence[int]) -> list[NextToken | Failed]:
        """The log-probabilities of the candidates after each prompt."""
        return self._halving("next_token", requests, tuple(candidates))

    def pooled(self, requests: Sequence[Prompt]) -> list[Pooled | Failed]:
        """Raw outputs of the head."""
        return self._halving("pooled", requests)

    def embed(
        self, requests: Sequence[Prompt], *, svd_tokens: int = 0, evenly: bool = False
    ) -> list[Embedded | Failed]:
        """Vectors, and singular values of the last hidden states on request."""
        return self._halving("embed", requests, svd_tokens=svd_tokens, evenly=evenly)

    def gradients(
        self, requests: Sequence[Scored], *, layers: Sequence[int] = (-1,), fisher: bool = False
    ) -> list[GradientSignals | Failed]:
        """One backward pass each."""
        return self._halving("gradients", requests, layers=tuple(layers), fisher=fisher)

    def generate(self, requests: Sequence[Prompt], sampling: Sampling) -> list[Generated | Failed]:
        """Answers."""
        return self._halving("generate", requests, sampling)

    def close(self) -> None:
        """End the process, by force where it does not end by itself."""
        process, self._process = self._process, None
        if process is None:
            return
        speeds.learn(self.facts.id, self.stamp, self._done)
        self._done = {}
        # An engine that is asked nothing ends at the end of its line.
        self._line.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_FAREWELL)
        _end(process)
        self._log.close()

    def _halving(self, method: str, requests: Sequence[Any], *arguments: Any, **named: Any) -> list[Any]:
        outcomes: list[Any] = [None] * len(requests)
        # An empty batch is asked too, so that what the engine cannot do is told for it as well.
        groups = [list(range(len(requests)))]
        while groups:
            places = groups.pop()
            try:
                found = self._call(method, [requests[place] for place in places], arguments, named)
            except _CrashError as crash:
                if len(places) > 1:
                    middle = len(places) // 2
                    groups += [places[middle:], places[:middle]]
                    continue
                self._barren += crash.counts
                if self._barren >= self.options.restarts:
                    self.close()
                    raise EngineError(
                        f"The engine {self.name} of {self.facts.name} crashed on {self._barren} texts in a row: "
                        f"{crash.reason}",
                        hint="Nothing of them was stored. Look at the memory that is free, name another engine, or set "
                        "a smaller max_length; then run again.",
                    ) from None
                found = [Failed("failed", crash.reason) for _ in places]
                self.calls.failed += len(places)
            else:
                self._barren = 0
            for place, outcome in zip(places, found, strict=True):
                outcomes[place] = outcome
        return outcomes

    def _call(self, method: str, requests: list[Any], arguments: tuple[Any, ...], named: dict[str, Any]) -> list[Any]:
        """The outcomes of one batch; raises _CrashError after the engine has been made ready again."""
        if self._process is None:
            self._start()
            self.calls.restarts += 1
        try:
            answer = self._answer(Call(method, requests, arguments, named))
        except _CrashError:
            self._abandon()
            raise
        except BaseException:
            # Ctrl-C: what the engine is doing is not waited for.
            self._abandon()
            raise
        if isinstance(answer, Refused):
            raise answer.error
        if isinstance(answer, Broken):
            if not answer.survives:
                self._abandon()
            raise _CrashError(answer.reason, counts=not answer.survives)
        done = cast("Done", answer)
        self.calls.add(done.calls)
        self._done.setdefault(method, Calls()).add(done.calls)
        return list(done.outcomes)

    def _answer(self, call: Call | None) -> Ready | Done | Refused | Broken:
        """Send a call and wait for its answer, as long as there are signs of life."""
        assert self._process is not None
        heard = time.monotonic()
        try:
            if call is not None:
                self._line.send(call)
            while True:
                if self._line.poll(1.0):
                    heard = time.monotonic()
                    found = self._line.recv()
                    if not isinstance(found, Beat):
                        return cast("Ready | Done | Refused | Broken", found)
                elif time.monotonic() - heard > self.options.silence:
                    raise _CrashError(f"the engine gave no sign of life for {self.options.silence:,.0f} s", counts=True)
        except (EOFError, ConnectionError):
            raise _CrashError(self._last_words(), counts=True) from None

    def _start(self) -> None:
        """Start the process and wait until its model is loaded; raises EngineError where it is not."""
        here, there = socket.socketpair()
        # A file without a name: nothing is left of it, whatever ends this process.
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        with there:
            self._process = spawn(self._engine, there.fileno(), self._log.fileno(), _environment(self.options))
        self._line = Connection(here.detach())
        try:
            self._line.send((self._given, self.options, self._engine))
            answer = self._answer(None)
        except _CrashError as crash:
            self._abandon()
            raise NotLoadedError(
                f"The engine {self._engine} ended while it loaded {self._given.name}: {crash.reason}",
                hint="Look at the memory that is free, or name another engine first in the facts of the model.",
            ) from None
        except BaseException:
            self._abandon()
            raise
        if isinstance(answer, Refused):
            self._abandon()
            raise answer.error
        if isinstance(answer, Broken):
            self._abandon()
            raise NotLoadedError(f"The engine {self._engine} cannot load {self._given.name}: {answer.reason}")
        self._ready = cast("Ready", answer)
        self.facts = self._ready.facts

    def _abandon(self) -> None:
        """End the process at once."""
        process, self._process = self._process, None
        if process is not None:
            self._line.close()
            _end(process)
            self._log.close()

    def _last_words(self) -> str:
        """Why the process ended: its exit, and the last line it wrote."""
        assert self._process is not None
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_FAREWELL)
        code = self._process.returncode
        if code == -signal.SIGKILL:
            how = "the engine was killed, which is what a machine without memory does"
        elif code is not None and code < 0:
            how = f"the engine crashed ({signal.Signals(-code).name})"
        else:
            how = f"the engine ended with status {code}"
        written = os.fstat(self._log.fileno()).st_size
        end = os.pread(self._log.fileno(), _READ, max(0, written - _READ)).decode(errors="replace")
        lines = [line.strip() for line in end.splitlines() if line.strip()]
        return redact(f"{how}; it wrote: {lines[-1]}" if lines else how)[:_KEPT]


def spawn(engine: str, line: int, log: int, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """The process of an engine, which talks over the descriptor `line` and writes to `log`.

    `engine` is told over the line as well: a stand-in may know a process that has loaded it.
    """
    del engine
    return subprocess.Popen(
        [sys.executable, "-m", "scorers.engines.child", str(line)],
        pass_fds=(line,),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        env=environment,
        start_new_session=True,
    )


def _environment(options: Options) -> dict[str, str]:
    """The variables of the child: this program's import path, its share of cores and GPUs, no network for weights."""
    found = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(part or str(Path.cwd()) for part in sys.path),
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": str(options.threads),
        "PYTHONUNBUFFERED": "1",
    }
    if options.gpus:
        found["CUDA_VISIBLE_DEVICES"] = ",".join(map(str, options.gpus))
    if options.device == "cpu":
        found["CUDA_VISIBLE_DEVICES"] = ""
    if options.batch_invariant:
        found["VLLM_BATCH_INVARIANT"] = "1"
    if options.tensor_parallel > 1:
        # The ranks of one model are processes of vLLM's own.
        found["VLLM_ENABLE_V1_MULTIPROCESSING"] = "1"
    return found


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the process and everything it has started, and wait for it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
