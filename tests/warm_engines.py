"""Engines, servers of models, and programs that train and evaluate, without their seconds of imports.

Each is a child of a process that has loaded vLLM or torch. `spawn` stands in for that of `scorers.engines.process`,
`launch` for `pipelines.launching.launched`. As a program, `warm_engines.py ADDRESS` serves at a socket: each request names
a module and its arguments, and is run as `python -m` would, in a session of its own.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forks import Begun

    from pipelines.launching import Told

ROOT = Path(__file__).resolve().parents[1]

LOADED = {
    "transformers": (
        "transformers.models.auto.modeling_auto",
        "transformers.models.llama.modeling_llama",
        "transformers.models.qwen3.modeling_qwen3",
        "scorers.engines.transformers.engine",
    ),
    "vllm": (
        "vllm.entrypoints.llm",
        "vllm.entrypoints.openai.api_server",
        "vllm.v1.worker.cpu_worker",
        "vllm.model_executor.models.llama",
        "vllm.model_executor.models.qwen3",
        "scorers.engines.vllm.engine",
    ),
    "programs": (
        "trl.trainer.sft_trainer",
        "trl.trainer.sft_config",
        "lm_eval.evaluator",
        "lm_eval.tasks",
        "lm_eval.models.huggingface",
    ),
}
"""What is imported ahead; each is loaded when it is first asked for."""

LINE = "{line}"

SHARED = "ODA_TEST_ENGINES"
"""The address of the server that a run of tests shares, for its workers."""


class Child:
    """What is used of a `subprocess.Popen`, of a process that a warm one has started and waits for.

    - group: what of `LOADED` it needs.
    - arguments: those of the module; `LINE` becomes the first of the passed descriptors as the child knows it.
    - passed: descriptors that the child inherits; the last is its output and its errors.
    """

    def __init__(
        self, group: str, module: str, arguments: list[str], passed: list[int], environment: dict[str, str]
    ) -> None:
        self.args = [module, *arguments]
        self.returncode: int | None = None
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.connect(str(_address()))
        request = json.dumps([group, module, arguments, environment]).encode()
        socket.send_fds(self._connection, [len(request).to_bytes(4, "big")], passed)
        self._connection.sendall(request)
        self._answers = self._connection.makefile()
        self.pid = int(self._answers.readline())

    def wait(self, timeout: float | None = None) -> int:
        """The exit status; raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            if timeout is not None and not select.select([self._connection], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(self.args, timeout)
            with self._connection, self._answers:
                self.returncode = int(self._answers.readline())
        return self.returncode

    def poll(self) -> int | None:
        """The exit status; None while it runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Signal it where it has not ended."""
        if self.poll() is None:
            os.kill(self.pid, number)


def spawn(engine: str, line: int, log: int, environment: dict[str, str]) -> Child:
    """A child that runs an engine; see `scorers.engines.process.spawn`."""
    return Child(engine, "scorers.engines.child", [LINE], [line, log], environment)


def launch(command: Sequence[str], environment: dict[str, str], told: Told, *, group: str = "programs") -> None:
    """Run `python -m MODULE FOLDER` to its end as a child; see `pipelines.launching.launched`."""
    from pipelines.launching import ProgramFailed, object_of

    module, folder = command[-2:]
    reading, writing = os.pipe()
    child = Child(group, module, [folder], [writing], {**os.environ, **environment})
    os.close(writing)
    with os.fdopen(reading, errors="replace") as lines:
        for line in lines:
            if said := object_of(line):
                told(said)
    if status := child.wait():
        raise ProgramFailed(f"status {status}")


def share() -> None:
    """Start the server of this process and of those that it will start."""
    os.environ[SHARED] = str(_address())


def _address() -> Path:
    """The address of the server, which lives as long as the process that started it."""
    from forks import server

    return server(__file__, SHARED)


def _become(module: str, arguments: list[str], environment: dict[str, str], passed: list[int]) -> None:
    """Be the child: a session of its own, its output and environment, then the module as a program."""
    gc.enable()
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for stream in (1, 2):
        os.dup2(passed[-1], stream)
    os.close(passed[-1])
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [module, *(str(passed[0]) if each == LINE else each for each in arguments)]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def _begin(listener: socket.socket) -> Begun:
    from forks import fork

    connection, _ = listener.accept()
    length, passed, _, _ = socket.recv_fds(connection, 4, 8)
    group, *request = json.loads(connection.recv(int.from_bytes(length, "big"), socket.MSG_WAITALL))
    if group == "vllm":
        importlib.import_module("scorers.engines.vllm.runner").prepare()
    for module in LOADED.get(group, ()):
        importlib.import_module(module)
    gc.freeze()

    def work() -> None:
        listener.close()
        connection.close()
        _become(*request, passed)

    child = fork(work)
    for descriptor in passed:
        os.close(descriptor)
    connection.sendall(b"%d\n" % child)
    return connection, child, lambda: None


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
    from forks import serve, without_threads

    without_threads(sys.argv)
    os.chdir(ROOT)
    os.environ |= {"HF_HUB_OFFLINE": "1"}
    serve(sys.argv[1], _begin)
