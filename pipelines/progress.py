"""Progress of long work: a bar with rate and remaining time on a terminal, silence elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as RichProgress
from rich.text import Text

from lake.first_use import told_of_compiling


class Progress(Protocol):
    """Where a step says how far it is."""

    def start(self, label: str, total: float | None, unit: str = "rows") -> None:
        """Begin a piece of work of `total` units (None when unknown)."""
        ...

    def advance(self, amount: float) -> None:
        """So much more is done."""
        ...

    def tell(self, remark: str) -> None:
        """What else is worth knowing of it now, such as tokens a second."""
        ...

    def finish(self) -> None:
        """The piece of work begun last is over."""
        ...


class Silent:
    """Progress that nobody watches."""

    def start(self, label: str, total: float | None, unit: str = "rows") -> None:
        """Say nothing."""

    def advance(self, amount: float) -> None:
        """Say nothing."""

    def tell(self, remark: str) -> None:
        """Say nothing."""

    def finish(self) -> None:
        """Say nothing."""


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        unit = task.fields.get("unit", "rows")
        if speed is None:
            return Text("")
        shown = f"{speed / 1e6:,.0f} MB/s" if unit == "bytes" else f"{speed:,.0f} {unit}/s"
        return Text(shown, style="cyan")


class Bar:
    """Progress as a bar on standard error, with rate and estimated remaining time."""

    def __init__(self, bar: RichProgress) -> None:
        self._bar = bar
        self._task: TaskID | None = None
        self._label = ""

    def start(self, label: str, total: float | None, unit: str = "rows") -> None:
        """Show a new bar."""
        self._label = label
        self._task = self._bar.add_task(label, total=total, unit=unit)

    def advance(self, amount: float) -> None:
        """Move the bar."""
        if self._task is not None:
            self._bar.advance(self._task, amount)

    def tell(self, remark: str) -> None:
        """Show the remark beside the label."""
        if self._task is not None:
            self._bar.update(self._task, description=f"{self._label}, {remark}")

    def finish(self) -> None:
        """Leave the finished bar on the screen."""
        if self._task is not None:
            task = self._bar.tasks[self._task]
            self._bar.update(self._task, total=task.total if task.total is not None else task.completed)
            self._task = None


class _Done(ProgressColumn):
    def __init__(self) -> None:
        super().__init__()
        self._bytes = DownloadColumn()
        self._items = MofNCompleteColumn()

    def render(self, task: Task) -> Text:
        return (self._bytes if task.fields.get("unit") == "bytes" else self._items).render(task)


@contextmanager
def watched(enabled: bool | None = None) -> Iterator[Progress]:
    """A progress bar when standard error is a terminal (or `enabled` says so), else silence."""
    if enabled is None:
        enabled = sys.stderr.isatty()
    if not enabled:
        yield Silent()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), _Done(), _Rate(), TimeElapsedColumn())
    with RichProgress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as bar:
        remark = "Compiling for this machine first, which is kept: up to a minute, this once."
        with told_of_compiling(lambda: bar.console.print(remark, style="dim")):
            yield Bar(bar)
