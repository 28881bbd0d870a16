"""Ctrl-C in the moment after a commit: what was committed stands, its files too."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from kill_state import contents
from kill_steps import STEPS, Place, begin

import lake.transactions
from lake.staging import discarded_on_failure
from pipelines.progress import Silent


class AfterCommit:
    """Interrupts the main thread where a signal may: between the end of the n-th commit and what follows it."""

    def __init__(self, number: int) -> None:
        self._left = number

    def __enter__(self) -> None:
        sys.setprofile(self._look)

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _look(self, frame: FrameType, event: str, _argument: Any) -> None:
        if event == "return" and frame.f_code is lake.transactions._attempt.__code__:
            self._left -= 1
            if not self._left:
                raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("name", "commits"),
    [
        ("ingest", 2),
        pytest.param("replace", 1, marks=pytest.mark.slow),
        pytest.param("score", 4, marks=pytest.mark.slow),
        pytest.param("dedup", 2, marks=pytest.mark.slow),
        ("slice", 1),
    ],
)
def test_an_interrupt_after_each_commit_of_a_step(tmp_path: Path, name: str, commits: int) -> None:
    place, step, template = Place(tmp_path / "run"), STEPS[name], tmp_path / "template"
    begin(place)
    with place.lake() as opened:
        step.prepare(opened, place, Silent())
        last = opened.snapshot
    shutil.copytree(place.root, template)
    with place.lake() as opened:
        step.run(opened, place, Silent())
        expected, made = contents(opened), opened.snapshot - last
    assert made == commits
    for number in range(1, commits + 1):
        shutil.rmtree(place.root)
        shutil.copytree(template, place.root)
        with place.lake() as opened:
            with pytest.raises(KeyboardInterrupt), AfterCommit(number):
                step.run(opened, place, Silent())
            assert opened.snapshot == last + number
            if number == commits:
                assert contents(opened) == expected  # every file is there
            step.run(opened, place, Silent())
            assert contents(opened) == expected


def test_files_stay_after_an_interrupt_in_any_form_and_go_after_a_failure(tmp_path: Path) -> None:
    stopped, failed = tmp_path / "stopped", tmp_path / "failed"
    stopped.touch()
    failed.touch()
    with pytest.raises(RuntimeError), discarded_on_failure([stopped]):
        raise RuntimeError("Query interrupted") from KeyboardInterrupt()
    with pytest.raises(OSError, match="full"), discarded_on_failure([failed]):
        raise OSError("full")
    assert [path.name for path in tmp_path.iterdir()] == ["stopped"]
