"""What a user adds is in the catalogue by being there: folders of the settings, packages, the home."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from test_scorer_catalogue import write

from lake.errors import UsageError
from lake.settings import Settings
from scorers.catalogue import ROOT, catalogue
from scorers.installed import installed
from scorers.trust import trust

PACKAGE = """
import sys
from lake.settings import Settings
from scorers.installed import installed
known = installed(Settings.load(home=sys.argv[1])).axes()
print([(name, entry.family) for name, (_, entry) in sorted(known.items()) if entry.family == "extension"])
"""


def extensions(settings: Settings) -> list[str]:
    return sorted(set(installed(settings).axes()) - set(catalogue().axes()))


def test_without_anything_added_there_are_the_projects_own(tmp_path: Path) -> None:
    assert sorted(installed(Settings.load(home=tmp_path)).axes()) == sorted(catalogue().axes())


def test_folders_are_found_by_home_variable_and_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    write(tmp_path / "a", "sevens", "seven")
    write(tmp_path / "b", "others", "other")
    (home / "scorers").mkdir(parents=True)
    (home / "scorers" / "third.sql").write_text("-- description: A third axis.\nn_turns")
    (home / "scorers" / "notes.txt").write_text("nothing to do with it")
    assert extensions(Settings.load(home=home)) == ["third"]
    monkeypatch.setenv("ODA_SCORERS", f"{tmp_path / 'a'}{os.pathsep}{tmp_path / 'b'}")
    assert extensions(Settings.load(home=home)) == ["other", "seven", "third"]
    monkeypatch.delenv("ODA_SCORERS")
    (home / "oda.toml").write_text(f"scorers = ['{tmp_path / 'b'}']\n")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    assert extensions(Settings.load(home=home)) == ["third"]
    trust(tmp_path / "b")
    assert extensions(Settings.load(home=home)) == ["other", "third"]


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    settings = Settings.load(home=tmp_path)
    (tmp_path / "scorers").mkdir()
    path = tmp_path / "scorers" / "mine.sql"
    path.write_text("-- description: The first text.\nn_turns")
    assert installed(settings).axis("mine")[0].description == "The first text."
    path.write_text("-- description: The second text.\nn_turns")
    os.utime(path, ns=(1, 1))
    assert installed(settings).axis("mine")[0].description == "The second text."


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="The folder of scorers .*nowhere does not exist") as caught:
        installed(Settings.load(home=tmp_path, scorers=(tmp_path / "nowhere",)))
    assert "ODA_SCORERS" in caught.value.hint


def test_a_name_of_the_project_cannot_be_taken(tmp_path: Path) -> None:
    write(tmp_path / "scorers", "mtld", "other")
    known = installed(Settings.load(home=tmp_path))
    assert sorted(known.axes()) == sorted(catalogue().axes())
    (why,) = known.left_out().values()
    assert re.search(r"'mtld' exists twice: .*heuristic/mtld\.py and .*scorers/mtld\.py", str(why))


def offered(folder: Path, value: str) -> subprocess.CompletedProcess[str]:
    """Lists the added axes in a process that has a package with an entry point on its path."""
    description = folder / "oda_more-1.0.dist-info"
    description.mkdir()
    (description / "METADATA").write_text("Metadata-Version: 2.1\nName: oda-more\nVersion: 1.0\n")
    (description / "entry_points.txt").write_text(f"[oda.scorers]\nmore = {value}\n")
    environment = {**os.environ, "PYTHONPATH": f"{ROOT.parent}{os.pathsep}{folder}"}
    return subprocess.run(
        [sys.executable, "-c", PACKAGE, str(folder / "home")], env=environment, capture_output=True, text=True
    )


@pytest.mark.parametrize("value", ["oda_more.sevens", "oda_more"])
def test_packages_offer_axes_by_entry_point(tmp_path: Path, value: str) -> None:
    write(tmp_path / "oda_more", "sevens", "seven")
    (tmp_path / "oda_more" / "__init__.py").write_text("")
    (tmp_path / "oda_more" / "_helpers.py").write_text("raise RuntimeError('not a scorer')")
    done = offered(tmp_path, value)
    assert done.stdout.strip() == "[('seven', 'extension')]", done.stderr


def test_an_entry_point_to_nowhere_names_its_package(tmp_path: Path) -> None:
    done = offered(tmp_path, "oda_more_gone.sevens")
    assert done.returncode == 1
    assert "The entry point more = oda_more_gone.sevens of oda-more names no module." in done.stderr
