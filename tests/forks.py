"""Children of a process that has loaded everything: a run without the second of imports, for tests that need many."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
import traceback
import warnings
from collections.abc import Callable
from typing import Any


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
