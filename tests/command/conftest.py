"""A small lake made once by the command itself, copied for each test."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from command_process import Oda, Ran

from pipelines.command.main import main

ROWS = [
    {"instruction": f"What is {n} plus {n}?", "input": "", "output": f"It is {2 * n}.", "topic": "sums"}
    for n in range(120)
]


@pytest.fixture(autouse=True)
def _quiet_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("ODA_HOME", "ODA_DEBUG", "NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ODA_THREADS", "1")
    monkeypatch.setenv("ODA_MEMORY_LIMIT", "1GB")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


@pytest.fixture(scope="session")
def sums(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset file of 120 Alpaca rows and one line that is no JSON."""
    path = tmp_path_factory.mktemp("source") / "sums.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in ROWS) + "\nno json here\n")
    return path


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, sums: Path) -> Path:
    """A lake with the dataset `sums` scored on two axes; read it, or copy it with `home`."""
    home = tmp_path_factory.mktemp("template") / "home"
    common = ["--home", str(home), "--quiet"]
    assert main(["init", *common]) == 0
    assert main(["ingest", str(sums), "--domain", "math", "--license", "cc0", "--released", "2025-01-31", *common]) == 0
    assert main(["score", "sums", "--axes", "str_length,compress_ratio", *common]) == 0
    return home


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Path:
    """A copy of the small lake, free to change."""
    copy = tmp_path / "home"
    shutil.copytree(template, copy)
    return copy


@pytest.fixture
def oda(capfd: pytest.CaptureFixture[str]) -> Oda:
    """Run the command in this process."""

    def run(*arguments: str | Path) -> Ran:
        capfd.readouterr()
        status = main([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        return Ran(status, captured.out, captured.err)

    return run
