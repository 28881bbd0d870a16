"""`oda` without its second of imports: every run is a child of a process that has loaded what runs before it loaded.

As a program, `warm_oda.py ADDRESS` serves at a socket, and `warm_oda.py --as-oda ADDRESS ARGUMENTS…` is a run: it
hands over its arguments, folder, environment and standard streams, and ends as the run does.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[1]


class Run:
    """A run that has begun: its process, and the status it ends with."""

    def __init__(self, address: Path, arguments: list[str], streams: tuple[int, int, int], cwd: str) -> None:
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.connect(str(address))
        request = json.dumps({"arguments": arguments, "cwd": cwd, "environment": dict(os.environ)}).encode()
        socket.send_fds(self._connection, [len(request).to_bytes(4, "big")], streams)
        self._connection.sendall(request)
        self._answers = self._connection.makefile()
        self.pid = int(self._answers.readline())

    def wait(self) -> int:
        """The exit status, minus the number of the signal where one ended it."""
        with self._connection, self._answers:
            return int(self._answers.readline())


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Path]:
    """A server for as long as the context lasts; its address. Its runs come one after the other."""
    address = folder / "warm"
    with subprocess.Popen([sys.executable, __file__, str(address)], cwd=ROOT, stdin=subprocess.PIPE) as server:
        while not address.exists():
            assert server.poll() is None
            time.sleep(0.01)
        try:
            yield address
        finally:
            server.terminate()


def program(folder: Path, address: Path) -> Path:
    """A folder for PATH with an `oda` that runs at a server."""
    (folder / "bin").mkdir()
    script = folder / "bin" / "oda"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S -E "{__file__}" --as-oda "{address}" "$@"\n')
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


def _serve(address: str) -> None:
    import importlib
    import signal
    import warnings

    from forks import fork, without_threads

    without_threads(sys.argv)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    warnings.simplefilter("ignore")  # modules that are loaded all the same say that they will go
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address + ".new")
    listener.listen()
    os.rename(address + ".new", address)
    while True:
        connection, _ = listener.accept()
        with connection:
            length, streams, _, _ = socket.recv_fds(connection, 4, 3)
            request = json.loads(connection.recv(int.from_bytes(length, "big"), socket.MSG_WAITALL))
            reading, learnt = os.pipe()
            child = fork(lambda request=request, streams=streams, learnt=learnt: _become(request, streams, learnt))  # type: ignore[misc]
            for descriptor in (*streams, learnt):
                os.close(descriptor)
            connection.sendall(b"%d\n" % child)
            with os.fdopen(reading) as answer:
                loaded = answer.read().split("\n")
            _, status = os.waitpid(child, 0)
            with contextlib.suppress(OSError):
                connection.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
        for name in loaded:
            with contextlib.suppress(ImportError, ValueError):
                importlib.import_module(name)


if __name__ == "__main__":
    if sys.argv[1] == "--as-oda":
        status = Run(Path(sys.argv[2]), sys.argv[3:], (0, 1, 2), os.getcwd()).wait()
        sys.exit(status if status >= 0 else 128 - status)
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
    _serve(sys.argv[1])
