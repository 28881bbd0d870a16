"""The remark that compiling takes a while: shown once, when something is compiled and not when it is only loaded."""

from __future__ import annotations

import importlib.util
import uuid
from pathlib import Path
from types import ModuleType

import pytest

from pipelines.progress import watched

KERNELS = """
from lake.compiled import kernel

@kernel
def one(n):
    return n + 1

@kernel
def two(n):
    return one(n) + 1
"""


def loaded(path: Path) -> ModuleType:
    """The module of a file, anew: kernels that were compiled come from the disk."""
    spec = importlib.util.spec_from_file_location(f"kernels_{uuid.uuid4().hex}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def kernels(tmp_path: Path) -> Path:
    path = tmp_path / "kernels.py"
    path.write_text(KERNELS)
    return path


def test_who_watches_is_told_once_that_kernels_are_compiled(kernels: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with watched(True):
        assert loaded(kernels).two(1) == 3
    assert capfd.readouterr().err.count("Compiling for this machine first") == 1


def test_nobody_is_told_when_nobody_watches(kernels: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with watched(False):
        assert loaded(kernels).two(1) == 3
    assert loaded(kernels).one(1) == 2
    assert capfd.readouterr() == ("", "")


def test_kernels_kept_on_disk_are_no_news(kernels: Path, capfd: pytest.CaptureFixture[str]) -> None:
    loaded(kernels).two(1)
    with watched(True):
        assert loaded(kernels).two(1) == 3
    assert "Compiling" not in capfd.readouterr().err
