"""Children of a process that has loaded everything: a run without the second of imports, for tests that need many."""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import importlib
import json
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

Begun = tuple[socket.socket, int, Callable[[], None]]
"""A child: who asked for it, its process, and what is to be done once it has ended."""

_servers: list[int] = []


def fork(work: Callable[[], None]) -> int:
    """Run `work` in a child that ends with it; returns its process id."""
    child = os.fork()
    if child:
        return child
    try:
        work()
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def in_child(work: Callable[[], Any]) -> Any:
    """What `work` returns in a child: this process must stay without threads, and DuckDB has some."""
    reading, writing = os.pipe()
    child = fork(lambda: os.write(writing, b"%s\n" % json.dumps(work()).encode()) and None)
    os.close(writing)
    with os.fdopen(reading) as answer:
        text = answer.read()
    _, status = os.waitpid(child, 0)
    if status:
        raise RuntimeError("a child failed; see above")
    return json.loads(text)


def load_what(work: Callable[[], None]) -> None:
    """Import all that `work`, run in a child, turns out to need."""

    def rehearse() -> list[str]:
        work()
        return [name for name, module in list(sys.modules.items()) if getattr(module, "__spec__", None)]

    warnings.simplefilter("ignore")  # modules that are loaded all the same say that they will go
    for module in in_child(rehearse):
        with contextlib.suppress(ImportError):
            importlib.import_module(module)


def without_threads(program: list[str]) -> None:
    """Begin the program anew with libraries that start no threads on import: those do not outlive a fork."""
    if "OPENBLAS_NUM_THREADS" not in os.environ:
        single = {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "OPENBLAS_NUM_THREADS": "1"}
        os.execve(sys.executable, [sys.executable, *program], {**os.environ, **single})


@functools.cache
def server(program: str, shared: str) -> Path:
    """The address of a program that serves children; it lives as long as the process that started it.

    - shared: the variable with the address of one that a run of tests shares.
    """
    if shared in os.environ:
        return Path(os.environ[shared])
    folder = Path(tempfile.mkdtemp(prefix="oda-warm-"))
    address = folder / "address"
    started = subprocess.Popen([sys.executable, program, str(address)], stdin=subprocess.PIPE)
    _servers.append(started.pid)

    def end() -> None:
        started.kill()
        started.wait()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)
    while not address.exists():
        assert started.poll() is None
        time.sleep(0.01)
    return address


def served() -> float:
    """Seconds of processor time of the servers of this process, and of the children that have ended."""
    ticks = 0
    for server in _servers:
        for process in (str(server), *Path(f"/proc/{server}/task/{server}/children").read_text().split()):
            with contextlib.suppress(OSError):
                ticks += sum(map(int, Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def serve(address: str, begin: Callable[[socket.socket], Begun]) -> None:
    """Have `begin` start a child for whoever asks at an address, and tell them how it ended, until standard input ends."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    warnings.simplefilter("ignore")  # modules that are loaded all the same say that they will go
    gc.disable()  # what is imported lives on
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address + ".new")
    listener.listen()
    os.rename(address + ".new", address)
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    selector.register(sys.stdin, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.fileobj is sys.stdin:
                return  # who started this has ended
            if key.fileobj is listener:
                begun = begin(listener)
                selector.register(os.pidfd_open(begun[1]), selectors.EVENT_READ, begun)
                continue
            connection, child, after = key.data
            selector.unregister(key.fileobj)
            os.close(key.fd)
            _, status = os.waitpid(child, 0)
            with connection, contextlib.suppress(OSError):
                connection.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
            after()
