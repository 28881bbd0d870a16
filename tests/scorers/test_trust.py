"""Code that came with a lake runs only after the user said so, exactly as it was then."""

from __future__ import annotations

import json
import os
import py_compile
from pathlib import Path

import pytest
from test_scorer_catalogue import write

from lake.errors import UsageError
from lake.settings import Settings
from scorers.installed import installed
from scorers.trust import record, trust, trusted

TELLTALE = "from pathlib import Path\nPath({mark!r}).write_text('ran')\n"


@pytest.fixture(autouse=True)
def _own_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("ODA_SCORERS", raising=False)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A stranger's lake: one Python file that leaves a mark when it runs, one expression."""
    folder = tmp_path / "home" / "scorers"
    folder.parent.mkdir()
    write(folder, "sevens", "seven")
    file = folder / "sevens.py"
    file.write_text(TELLTALE.format(mark=str(tmp_path / "mark")) + file.read_text())
    (folder / "third.sql").write_text("-- description: A third axis.\nn_turns")
    return tmp_path / "home"


def axes(home: Path) -> set[str]:
    return {"seven", "third"} & set(installed(Settings.load(home=home)).axes())


def test_python_of_a_lake_runs_only_when_trusted(home: Path, tmp_path: Path) -> None:
    known = installed(Settings.load(home=home))
    assert axes(home) == {"third"}
    assert not (tmp_path / "mark").exists()
    assert {path.name: why.message for path, why in known.left_out().items()} == {
        "sevens.py": f"{home}/scorers/sevens.py is not trusted, so it is not run."
    }
    with pytest.raises(UsageError, match="is not trusted") as caught:
        known.axis("sevens")
    assert caught.value.hint == f"Read it, then: oda axes trust {home}/scorers"
    assert list(trust(home / "scorers")) == ["sevens.py"]
    assert axes(home) == {"seven", "third"}
    assert (tmp_path / "mark").read_text() == "ran"


def test_a_changed_file_asks_again(home: Path) -> None:
    trust(home / "scorers")
    file = home / "scorers" / "sevens.py"
    stamp = file.stat().st_mtime_ns
    file.write_text(file.read_text().replace("seven", "eight"))
    os.utime(file, ns=(stamp, stamp))
    (why,) = installed(Settings.load(home=home)).left_out().values()
    assert "has changed since it was trusted" in why.message
    assert axes(home) == {"third"}


def test_trust_is_of_a_place_and_outside_of_it(home: Path, tmp_path: Path) -> None:
    trust(home / "scorers")
    assert str(tmp_path / "config") in str(record())
    assert record().stat().st_mode & 0o077 in (0, 0o044)
    other = tmp_path / "other"
    (home / "scorers").rename(tmp_path / "moved")
    other.mkdir()
    (tmp_path / "moved").rename(other / "scorers")
    assert axes(other) == {"third"}
    assert json.loads(record().read_text()).keys() == {str(home / "scorers")}
    assert list(trusted(home / "scorers")) == ["sevens.py"]


def test_compiled_code_beside_a_trusted_file_is_not_run(home: Path, tmp_path: Path) -> None:
    file = home / "scorers" / "sevens.py"
    innocent = file.read_text()
    evil = TELLTALE.format(mark=str(tmp_path / "evil"))
    file.write_text(evil + innocent)
    compiled = Path(py_compile.compile(str(file), doraise=True))
    file.write_text(innocent + "#" * len(evil))
    stamp = int.from_bytes(compiled.read_bytes()[8:12], "little")
    os.utime(file, (stamp, stamp))
    trust(home / "scorers")
    assert axes(home) == {"seven", "third"}
    assert (tmp_path / "mark").exists()
    assert not (tmp_path / "evil").exists()


def test_kernels_of_a_lake_are_kept_elsewhere(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("numba.config.CACHE_DIR", "")
    file = home / "scorers" / "sevens.py"
    file.write_text(
        file.read_text()
        + "\nimport numba\nfrom lake.compiled import kernel\n@numba.njit(cache=True)\ndef one(): return 1\n"
        "@kernel\ndef two(): return 2\nassert one() + two() == 3\n"
    )
    trust(home / "scorers")
    assert axes(home) == {"seven", "third"}
    assert not (home / "scorers" / "__pycache__").exists()


def test_folders_of_the_variable_are_the_users_word_and_those_of_the_lake_are_not(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "mine", "others", "other")
    (home / "oda.toml").write_text(f"scorers = ['{tmp_path / 'mine'}']\n")
    assert "other" not in installed(Settings.load(home=home)).axes()
    monkeypatch.setenv("ODA_SCORERS", str(tmp_path / "mine"))
    assert "other" in installed(Settings.load(home=home)).axes()


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("bad.py", "this is no Python", "cannot be loaded: SyntaxError"),
        ("bad.py", "raise SystemExit(3)", "cannot be loaded: SystemExit: 3"),
        ("bad.py", "x = 1", "declares no SCORER"),
        ("bad.sql", "-- description: x\n-- cost: much\n1", "cannot be an axis: ValueError"),
        ("bad.sql", "-- description: x\nnonsense(1)", "cannot be an axis"),
        ("bad.sql", "-- description: x\nno_such_axis + 1", "'no_such_axis'"),
        ("mtld.sql", "-- description: x\n1", "Scorer 'mtld' exists twice"),
        ("bad.axis.json", "[]", "does not describe a trained axis"),
        ("bad.axis.json", '{"model": "../../x.bin", "sha256": "0", "view": "sample", "description": "d", '
         '"positive": "p", "negative": "n"}', "names a model outside its folder"),
        ("bad.axis.json", '{"model": 3}', "model is missing"),
    ],
)  # fmt: skip
def test_one_bad_file_is_named_and_stops_no_other(home: Path, name: str, text: str, why: str) -> None:
    (home / "scorers" / name).write_text(text)
    trust(home / "scorers")
    known = installed(Settings.load(home=home))
    assert axes(home) == {"seven", "third"}
    assert [path.name for path in known.left_out()] == [name]
    assert why in str(next(iter(known.left_out().values())))


def test_a_folder_without_files_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no folder"):
        trust(tmp_path / "nowhere")
    assert trust(tmp_path) == {}
    record().write_text("no json")
    with pytest.raises(UsageError, match=r"Cannot read .*trusted\.json"):
        trusted(tmp_path)
