"""`oda` without its second of imports: every run is a child of a process that has loaded what runs before it loaded.

As a program, `warm_oda.py ADDRESS` serves at a socket, and `warm_oda.py --as-oda ADDRESS ARGUMENTS…` is a run: it
hands over its arguments, folder, environment and standard streams, and ends as the run does.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from forks import Begun

ROOT = Path(__file__).resolve().parents[1]

SHARED = "ODA_TEST_COMMANDS"
"""The address of the server that a run of tests shares, for its workers."""

MODELS = ".models"
"""What ends the address where runs begin with PyTorch loaded: a fork of so large a process costs a tenth of a second."""


class Run:
    """A run that has begun: its process, and the status it ends with."""

    def __init__(self, arguments: list[str], streams: tuple[int, int, int], cwd: str) -> None:
        self._connection = socket.socket(socket.AF_UNIX)
        address = os.environ.get(SHARED) or str(serving())
        self._connection.connect(address + MODELS if arguments[:1] == ["embed"] else address)
        request = json.dumps({"arguments": arguments, "cwd": cwd, "environment": dict(os.environ)}).encode()
        socket.send_fds(self._connection, [len(request).to_bytes(4, "big")], streams)
        self._connection.sendall(request)
        self._answers = self._connection.makefile()
        self.pid = int(self._answers.readline())

    def wait(self) -> int:
        """The exit status, minus the number of the signal where one ended it."""
        with self._connection, self._answers:
            return int(self._answers.readline())


def serving() -> Path:
    """The address of the server."""
    from forks import server

    return server(__file__, SHARED)


def share() -> None:
    """Start the server of this process and of those that it will start."""
    os.environ[SHARED] = str(serving())


def program(folder: Path) -> Path:
    """A folder for PATH with an `oda` that runs at the server."""
    (folder / "bin").mkdir()
    script = folder / "bin" / "oda"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S -E "{__file__}" --as-oda "{serving()}" "$@"\n')
    script.chmod(0o700)
    return script.parent


def _become(request: dict[str, object], streams: list[int], learnt: int) -> NoReturn:
    """Be the run: a session of its own, the streams and the folder of whoever asked, then the program itself."""
    import atexit

    os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.chdir(str(request["cwd"]))
    os.environ.clear()
    os.environ.update(request["environment"])  # type: ignore[call-overload]
    sys.argv = ["oda", *request["arguments"]]  # type: ignore[misc]

    def tell() -> None:
        with os.fdopen(learnt, "w") as out:
            loaded = [name for name, module in list(sys.modules.items()) if getattr(module, "__spec__", None)]
            out.write("\n".join(loaded))

    atexit.register(tell)
    from pipelines.command.entry import run

    run()


def _begin(listener: socket.socket) -> Begun:
    import gc

    from forks import fork

    connection, _ = listener.accept()
    length, streams, _, _ = socket.recv_fds(connection, 4, 3)
    request = json.loads(connection.recv(int.from_bytes(length, "big"), socket.MSG_WAITALL))
    learnt = os.memfd_create("learnt")
    gc.freeze()

    def work() -> None:
        gc.enable()
        listener.close()
        connection.close()
        _become(request, streams, learnt)

    child = fork(work)
    for descriptor in streams:
        os.close(descriptor)
    connection.sendall(b"%d\n" % child)
    return connection, child, lambda: _learn(learnt)


def _learn(learnt: int) -> None:
    import importlib

    with os.fdopen(learnt) as told:
        told.seek(0)
        for name in set(told.read().split("\n")) - sys.modules.keys():
            with contextlib.suppress(ImportError, ValueError):
                importlib.import_module(name)


if __name__ == "__main__":
    if sys.argv[1] == "--as-oda":
        os.environ[SHARED] = sys.argv[2]
        status = Run(sys.argv[3:], (0, 1, 2), os.getcwd()).wait()
        sys.exit(status if status >= 0 else 128 - status)
    from forks import serve, without_threads

    without_threads(sys.argv)
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
    os.chdir(ROOT)
    os.environ["HF_HUB_OFFLINE"] = "1"  # read when it is loaded
    if os.fork() == 0:
        serve(sys.argv[1] + MODELS, _begin)
        sys.exit()
    while not Path(sys.argv[1] + MODELS).exists():
        time.sleep(0.01)
    serve(sys.argv[1], _begin)
