"""Compiled code is kept on disk, and forgotten when a kernel that it contains is changed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CALLED = """
from lake.compiled import kernel

@kernel
def step(n):
    return n + {step}
"""

CALLER = """
from called import step
from lake.compiled import kernel

@kernel
def twice(n):
    return step(step(n))
"""


def run(folder: Path, **environment: str) -> str:
    """The value of `twice(10)`, and whether it was compiled or loaded, in a process of its own."""
    code = "from caller import twice; print(twice(10), 'loaded' if twice.stats.cache_hits else 'compiled')"
    path = os.pathsep.join([str(folder), *sys.path])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": path} | environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "called.py").write_text(CALLED.format(step=1))
    (tmp_path / "caller.py").write_text(CALLER)
    return tmp_path


def test_a_changed_kernel_is_compiled_anew_in_those_that_call_it(folder: Path) -> None:
    assert run(folder) == "12 compiled"
    assert run(folder) == "12 loaded"
    (folder / "called.py").write_text(CALLED.format(step=5))
    assert run(folder) == "20 compiled"
    assert run(folder) == "20 loaded"


def test_other_files_beside_kernels_do_not_matter(folder: Path) -> None:
    assert run(folder) == "12 compiled"
    (folder / "other.py").write_text("answer = 42\n")
    assert run(folder) == "12 loaded"


def test_compiled_code_is_kept_where_the_environment_says(folder: Path) -> None:
    kept = folder / "kept"
    assert run(folder, NUMBA_CACHE_DIR=str(kept)) == "12 compiled"
    assert run(folder, NUMBA_CACHE_DIR=str(kept)) == "12 loaded"
    assert len(list(kept.rglob("caller.twice-*.nbi"))) == 1
    assert not list((folder / "__pycache__").glob("*.nbi"))
