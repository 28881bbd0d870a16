"""Compiled code is kept on disk by what a kernel contains, and forgotten when any of that is changed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lake import compiled

CALLED = """
from lake.compiled import kernel
STEP = {step}

@kernel
def step(n):
    return n + STEP
"""

CALLER = """
import called
from called import step
from lake.compiled import kernel

@kernel
def twice(n):
    return step(later(n))

@kernel
def later(n):
    return step(n)
"""

INTRINSIC = """
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from lake.compiled import kernel

def constant():
    return ir.Constant(ir.IntType(64), {number})

@intrinsic
def number(_context, _n):
    def write(context, builder, signature, arguments):
        return builder.add(arguments[0], constant())
    return types.int64(types.int64), write

@kernel
def twice(n):
    return number(n)
"""


def run(folder: Path, kept: Path, **environment: str) -> str:
    """The value of `twice(10)`, and whether it was compiled or loaded, in a process of its own."""
    code = "from caller import twice; print(twice(10), 'loaded' if twice.stats.cache_hits else 'compiled')"
    path = os.pathsep.join([str(folder), *sys.path])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": path, "NUMBA_CACHE_DIR": str(kept)} | environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def written(folder: Path, step: int = 1) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "called.py").write_text(CALLED.format(step=step))
    (folder / "caller.py").write_text(CALLER)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return written(tmp_path / "one")


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "kept"


def test_what_a_kernel_calls_is_compiled_anew_with_it_when_a_constant_changes(folder: Path, kept: Path) -> None:
    assert run(folder, kept) == "12 compiled"
    assert run(folder, kept) == "12 loaded"
    written(folder, step=5)
    assert run(folder, kept) == "20 compiled"
    written(folder, step=1)
    assert run(folder, kept) == "12 loaded"


def test_comments_docstrings_and_other_kernels_of_the_file_do_not_matter(folder: Path, kept: Path) -> None:
    assert run(folder, kept) == "12 compiled"
    called = folder / "called.py"
    text = called.read_text().replace("    return", '    """Say what it does."""\n    # and why\n    return')
    called.write_text(f"# A remark.\n{text}\n@kernel\ndef other(n):\n    return 2 * n\n")
    assert run(folder, kept) == "12 loaded"


def test_a_clone_finds_what_another_one_compiled(folder: Path, kept: Path) -> None:
    assert run(folder, kept) == "12 compiled"
    assert run(written(folder.parent / "two"), kept) == "12 loaded"


def test_what_an_intrinsic_writes_is_part_of_the_kernel(folder: Path, kept: Path) -> None:
    caller = folder / "caller.py"
    caller.write_text(INTRINSIC.format(number=3))
    assert (run(folder, kept), run(folder, kept)) == ("13 compiled", "13 loaded")
    caller.write_text(INTRINSIC.format(number=4))
    assert run(folder, kept) == "14 compiled"


def test_compiled_code_is_in_the_users_cache(folder: Path) -> None:
    personal = folder.parent / "personal"
    assert run(folder, Path(), NUMBA_CACHE_DIR="", XDG_CACHE_HOME=str(personal)) == "12 compiled"
    assert len(list((personal / "oda-lake" / "kernels").glob("twice-*.kernel"))) == 1


def test_where_that_cannot_be_written_it_is_beside_the_projects_kernels_only(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    barred = folder.parent / "barred"
    barred.write_text("no folder")
    assert run(folder, Path(), NUMBA_CACHE_DIR="", XDG_CACHE_HOME=str(barred)) == "12 compiled"
    assert not list((folder / "__pycache__").glob("*.kernel"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(barred))
    project = Path(compiled.__file__).parent
    assert compiled.kernels_folder.__wrapped__("", project) == project / "__pycache__"
    assert compiled.kernels_folder.__wrapped__(str(barred), project) is None


def test_a_file_that_is_cut_short_is_compiled_anew(folder: Path, kept: Path) -> None:
    assert run(folder, kept) == "12 compiled"
    for file in kept.glob("*.kernel"):
        file.write_bytes(file.read_bytes()[:100])
    assert run(folder, kept) == "12 compiled"
    assert run(folder, kept) == "12 loaded"


def test_what_was_used_the_longest_ago_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "MOST_KEPT", 2)
    for age, name in enumerate(("new", "middle", "old", "oldest")):
        file = tmp_path / f"{name}.kernel"
        file.write_bytes(b"")
        os.utime(file, (1_000_000 - age, 1_000_000 - age))
    compiled._forget_oldest(tmp_path)
    assert sorted(file.stem for file in tmp_path.iterdir()) == ["middle", "new"]
