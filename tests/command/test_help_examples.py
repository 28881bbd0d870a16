"""Every example of every help is typed as it stands, one after the other, in a folder that has what they name.

It does what it says, or it is refused for what no test machine has (a model, a hub, a run of that name) and says so.
"""

from __future__ import annotations

import io
import shlex
from pathlib import Path
from typing import Any

import example_world
import pytest
import typer
from command_process import Oda

from pipelines.command.main import app

pytestmark = pytest.mark.slow

ELSEWHERE = {"oda sql", "oda demo", "oda demo --keep /tmp/arena", "oda ui", "oda ui --port 3001 --host 0.0.0.0"}
"""A shell, a minute of work and a server: `test_command_shell`, `test_command_demo` and `test_command_ui` run these."""

PROGRAMS = ("oda train math-hard", "oda train run math-hard", "oda evaluate run Qwen/")
"""Those that start a program which loads a model: here only with --plan; `tests/training` runs them."""

HUB = ("oda ingest hf://", "oda models fetch")
"""Those that ask the hub, which would answer where there is a network: `tests/sources` and the tests of models have one."""

NO_MODEL = ("weights", "embedding model", "ended with status", "OPENAI_API_KEY", "Models are not here", "model")
NOT_JUDGED = ("Unknown scored axis",)
NO_RUN = ("Unknown run", "There are no results of trained models")
REFUSED: dict[str, tuple[str, ...]] = {
    "oda ingest odd.csv --dry-run": ("no known format has the columns q, a",),
    "oda axes trust lake/dagster": ("There is no folder",),
    "oda models check": NO_MODEL,
    "oda embed": NO_MODEL,
    "oda score openr1 --axes ppl": NO_MODEL,
    "oda score openr1 --axes facility_location": ("Unknown slice 'math-hard'",),
    "oda score openr1 --axes q_clarity": NO_MODEL,
    "oda judge calibrate": NOT_JUDGED,
    "oda judge order": NO_MODEL,
    "oda dedup --view meaning": ("oda embed",),
    "oda dedup explain 4294967296 --view instruction": ("were not sought yet",),
    "oda lineage --documents": NO_MODEL,
    "oda lineage review retold": ("Unknown child in the lineage", "Unknown dataset of the lineage"),
    "oda contamination --embeddings": ("oda embed",),
    "oda slice create spread": ("oda embed",),
    "oda slice weights": (*NO_RUN, "Unknown slice or dataset 'held-out'"),
    "oda train run": NO_MODEL,
    "oda runs 3f0c5a7e9b1d2c4f": NO_RUN,
    "oda evaluate 3f0c5a7e9b1d2c4f": NO_RUN,
    "oda evaluate run": (*NO_RUN, *NO_MODEL),
    "oda evaluate import": ("No such file or directory",),
    "oda leaderboard": NO_RUN,
}
"""Beginnings of examples that need what is not here, and words of what may be said instead."""


def examples() -> list[str]:
    """Every example of the helps, once, in the order of the commands; what removes something comes last."""
    found: dict[str, None] = {}

    def walk(command: Any, context: Any) -> None:
        for line in (command.epilog or "").splitlines():
            found[shlex.join(shlex.split(line.split(" | jq ")[0], comments=True))] = None
        for name in command.list_commands(context) if hasattr(command, "list_commands") else ():
            inner = command.get_command(context, name)
            walk(inner, type(context)(inner, info_name=name, parent=context))

    group = typer.main.get_command(app)
    walk(group, group.make_context("oda", ["--help"], resilient_parsing=True))
    return sorted(found, key=lambda line: " drop " in line or " --drop " in line)


def typed(line: str) -> list[str]:
    """The arguments of a line as a shell gives them."""
    words = shlex.split(line)[1:]
    return [
        part for word in words for part in (sorted(map(str, Path().glob(word))) if word[-6:] == "*.jsonl" else [word])
    ]


def test_every_example_of_the_helps_runs(oda: Oda, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(example_world.make(tmp_path / "world"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("ODA_EMBEDDING_MODEL", "nobody/nothing")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    for line in example_world.before():
        assert oda(*typed(line)).status == 0, line
    wrong = []
    for line in examples():
        starts = line.startswith(PROGRAMS) and "--plan" not in line
        if line in ELSEWHERE or starts or line.startswith(("oda init --home /", *HUB)):
            continue
        ran = oda(*typed(line))
        allowed = next((words for begins, words in REFUSED.items() if line.startswith(begins)), ())
        refused = ran.status in (1, 2) and any(word in ran.err for word in allowed)
        if ran.status != 0 and not refused:
            wrong.append(f"{line}: {ran.status}: {ran.err.strip()[:300]}")
    assert not wrong, "\n".join(wrong)
