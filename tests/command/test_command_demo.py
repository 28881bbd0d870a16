"""`oda demo`: everything planted is found, it can run twice, and what it proposes next works."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import warm_oda
from command_process import Oda, process

from lake.catalog import Lake
from lake.settings import Settings
from pipelines.axes_reference import PAGE, neighbours, written_neighbours


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "kept"


def test_the_demo_finds_what_was_planted_and_its_proposals_work(folder: Path, tmp_path: Path) -> None:
    ran = process("demo", "--keep", folder)
    assert ran.status == 0, ran.out + ran.err
    table = ran.out.split("Found versus planted\n")[1].split("\n\n")[0].splitlines()
    assert len(table) > 10
    assert all(line.endswith("  ok") for line in table[2:])
    assert "torn-pages" in ran.out.split("Refused: ")[1].splitlines()[0]
    assert "as planted." in ran.out
    proposals = [line.strip() for line in ran.out.split("Try next")[1].splitlines()[1:] if line.strip()]
    commands = [line for line in proposals if not line.startswith(("oda sql ", "oda ui ")) or '"' in line]
    assert len(commands) == len(proposals) - 2
    installed = Path(sys.executable).with_name("oda")
    done = subprocess.run(
        ["bash", "-ec", "\n".join([*commands, f"{installed} datasets"])],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{warm_oda.program(tmp_path)}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Slice varied is identical" in done.stdout
    assert (tmp_path / "varied").is_dir()


def test_a_second_run_changes_nothing_and_reports_as_json(oda: Oda, folder: Path) -> None:
    ran = oda("demo", "--keep", folder, "--json")
    assert ran.status == 0
    assert ran.document["as_planted"] is True
    assert {report["status"] for report in ran.document["ingest"]["ingested"]} == {"unchanged"}
    assert ran.document["score"]["computed"] == 0
    assert [failure["error"] for failure in ran.document["ingest"]["failed"]] == ["SourceError"]


def test_not_into_the_folders_of_the_lake(oda: Oda, tmp_path: Path) -> None:
    home = tmp_path / "home"
    for place in (home, home / "files" / "demo", home / "demo" / ".." / "scratch"):
        refused = oda("demo", "--keep", place, "--home", home)
        assert (refused.status, "of the lake" in refused.err) == (2, True), refused.err
    assert not home.exists()


def test_the_correlations_of_the_page_of_axes_are_those_of_the_demo(folder: Path) -> None:
    stated = written_neighbours(PAGE.read_text(encoding="utf-8"))
    with Lake.open(Settings.load(home=folder / "lake"), read_only=True) as lake:
        found = neighbours(lake)
    assert stated.keys() == found.keys(), "run: make docs"
    for axis, others in found.items():
        numbers = sorted(abs(rho) for _, rho in others)
        # Another build of a library may move a number by a hundredth, and the last of the list with it.
        assert numbers == pytest.approx(sorted(abs(rho) for _, rho in stated[axis]), abs=0.02), axis
        both = dict(others).keys() & dict(stated[axis]).keys()
        assert len(both) >= len(others) - 1, axis
        assert {name: dict(others)[name] for name in both} == pytest.approx(
            {name: dict(stated[axis])[name] for name in both}, abs=0.02
        )
    assert dict(found["hdd"])["mtld"] > 0.5


def test_the_demo_does_not_touch_a_folder_of_something_else(oda: Oda, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("mine")
    ran = oda("demo", "--keep", tmp_path)
    assert (ran.status, "thesis.tex" in ran.err) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
