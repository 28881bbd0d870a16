"""A lake with its judge behind a loopback server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from judging import KEY, by_length, know
from lakes import lay
from loopback import Loopback, loopback

from lake.catalog import Lake
from lake.settings import Settings
from scorers.engines import speeds
from scorers.engines.openai import pace

Opened = Callable[..., tuple[Lake, Loopback]]


@pytest.fixture
def judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opened]:
    """A lake with its judge behind a server: `judged(answer, **facts)`."""
    monkeypatch.setenv("JUDGE_TEST_KEY", KEY)
    monkeypatch.setattr(pace, "_FIRST", 0.01)
    monkeypatch.setattr(speeds, "record", lambda: tmp_path / "speeds.json")
    opened: list[object] = []

    def make(answer: Callable[[str], str] = by_length, **facts: str) -> tuple[Lake, Loopback]:
        context = loopback(answer, key=KEY)
        server = context.__enter__()
        folder = know(tmp_path / "models", server, **facts)
        lake = Lake.open(Settings.load(home=lay(tmp_path / "home"), threads=2, models=[folder], judge="small"))
        opened.extend((lake, context))
        return lake, server

    yield make
    for each in reversed(opened):
        each.__exit__(None, None, None)  # type: ignore[attr-defined]
