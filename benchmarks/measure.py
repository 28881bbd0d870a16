"""Wall time and peak memory of a command and everything it starts, and the most that a folder held meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Measured:
    """Seconds of wall time, peak proportional memory (PSS) of the process tree in bytes, standard output."""

    seconds: float
    peak_bytes: int
    output: str


def _tree(root: int) -> list[int]:
    found, todo = [], [root]
    while todo:
        found.append(todo.pop())
        with suppress(OSError):  # it has ended
            for thread in Path(f"/proc/{found[-1]}/task").iterdir():
                todo += map(int, (thread / "children").read_text().split())
    return found


def _proportional_bytes(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def measured(code: str, *arguments: str) -> Measured:
    """Run Python code in a process of its own and measure it; raises when it fails."""
    began = time.monotonic()
    with subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True) as process:
        peak = 0
        stop = threading.Event()

        def watch() -> None:
            nonlocal peak
            while not stop.wait(0.1):
                peak = max(peak, sum(map(_proportional_bytes, _tree(process.pid))))

        watcher = threading.Thread(target=watch)
        watcher.start()
        output, _ = process.communicate()
        seconds = time.monotonic() - began
        stop.set()
        watcher.join()
    if process.returncode:
        raise SystemExit(f"the measured command failed with status {process.returncode}")
    return Measured(seconds, peak, output)


@dataclass
class Held:
    """The most that a folder held, in bytes of disk."""

    peak_bytes: int = 0


@contextmanager
def held_by(folder: Path) -> Iterator[Held]:
    """Look at a folder five times a second: what DuckDB spills to scratch is gone when it is done."""
    held, stop = Held(), threading.Event()

    def watch() -> None:
        while not stop.wait(0.2):
            held.peak_bytes = max(held.peak_bytes, sum(map(_disk_bytes, folder.rglob("*"))))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield held
    finally:
        stop.set()
        watcher.join()


def _disk_bytes(path: Path) -> int:
    try:
        return 0 if path.is_dir() else path.stat().st_blocks * 512
    except OSError:
        return 0


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0))
