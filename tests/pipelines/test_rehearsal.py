"""Compiling ahead: every loop that is used by default is compiled once, and a second call has nothing to do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.rehearsal import kernels, rehearsals

AHEAD = """
from pipelines.rehearsal import compile_ahead
if __name__ == "__main__":
    print(compile_ahead(2, print))
"""

NOT_BY_DEFAULT = {
    "scorers.kernels.nearest.manhattan",  # an option of axes of sets
    "scorers.kernels.ranked.ranked_sums",  # of sets of more than 8,192 samples
    "scorers.kernels.trees.tree_depths",  # needs a model
}


def ahead(folder: Path) -> list[str]:
    program = folder / "ahead.py"
    program.write_text(AHEAD)
    environment = os.environ | {"NUMBA_CACHE_DIR": str(folder / "kept"), "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, str(program)], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.slow
def test_every_loop_used_by_default_is_compiled_side_by_side_and_once(tmp_path: Path) -> None:
    number = len(kernels())
    told = f"Compiling {number} loops for this machine, which are kept: up to a minute, this once."
    assert ahead(tmp_path) == [told, str(number)]
    kept = {file.stem.rsplit("-", 1)[0] for file in (tmp_path / "kept").glob("*.kernel")}
    assert {name for name in kernels() if name.rsplit(".", 1)[1] not in kept} == NOT_BY_DEFAULT
    assert ahead(tmp_path) == [str(number)]


def test_what_is_compiled_is_found_by_listing() -> None:
    assert "lake.identity_kernels.add_messages" in kernels()
    assert "scorers.kernels.shingles.signatures" in kernels()
    assert {"near-duplicates", "identities", "gram_entropy", "vendi"} <= rehearsals().keys()
    assert "tree_instruct" not in rehearsals()
