"""The README word for word: after `make demo`, in the clone, its commands run and print what it shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import warm_oda

from examples.arena.generate import generate

README = Path(__file__).resolve().parents[2] / "README.md"
BLOCKS = re.compile(r"^```(sh|console)\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what `make demo` leaves and the README uses: the environment, the arena."""
    folder = tmp_path_factory.mktemp("clone")
    (folder / ".venv").symlink_to(sys.prefix)
    generate(folder / "data" / "demo" / "arena")
    return folder


@pytest.mark.slow
def test_the_commands_of_the_readme_print_what_it_shows(clone: Path, tmp_path: Path) -> None:
    printed, shown = run(clone, tmp_path)
    assert printed == shown


def run(clone: Path, tmp_path: Path) -> tuple[list[str], list[str]]:
    """What the commands print, and what the page shows."""
    # One core: two take twice the time over texts this short. `test_interrupts` has as many as there are.
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "ODA_THREADS": "1"}
    for name in ("ODA_HOME", "ODA_SCORERS", "VIRTUAL_ENV", "COLUMNS"):
        environment.pop(name, None)
    # Its `oda` is that of the environment, but need not load everything anew for each line.
    script, shown = ["set -e", f'oda() {{ "{warm_oda.program(tmp_path)}/oda" "$@"; }}'], []
    for kind, text in BLOCKS.findall(README.read_text()):
        if kind == "sh":
            script.append(f"echo '<<<'\n{text}")
            continue
        for command, answer in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE):
            script.append(f"echo '>>>'\n{command}")
            shown.append(answer)
    script.append("echo '<<<'\ntype -P oda")
    done = subprocess.run(
        ["bash", "-c", "\n".join(script)], cwd=clone, env=environment, capture_output=True, text=True, timeout=500
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    found = Path(done.stdout.splitlines()[-1])
    assert found.samefile(Path(sys.prefix) / "bin" / "oda")  # of the activated environment
    return [part.partition("<<<\n")[0] for part in done.stdout.split(">>>\n")[1:]], shown
