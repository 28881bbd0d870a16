"""The folders of the lake are its own, by whatever path one comes to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from lake.errors import UsageError
from lake.exchange import exchange
from lake.own_folders import refuse_own_folder
from lake.settings import Settings


@pytest.fixture
def own(tmp_path: Path) -> Settings:
    """A home with files, inbox and scorers elsewhere, and links to it."""
    settings = Settings.load(
        home=tmp_path / "home",
        data_path=str(tmp_path / "disk" / "files"),
        inbox=tmp_path / "in",
        scorers=(tmp_path / "axes",),
        catalog=f"sqlite:{tmp_path / 'cat' / 'c.sqlite'}",
    )
    for folder in ("home/exports", "disk/files/main", "axes", "cat", "other"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "home")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    (tmp_path / "link-to-main").symlink_to(tmp_path / "disk" / "files" / "main")
    return settings


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("home", "holds the scratch folder"),
        ("home/", "holds the scratch folder"),
        ("home/out", "lies in the home"),
        ("home/exports", "lies in the home"),
        ("home/exports-of-mine", "lies in the home"),
        ("home/scratch", "holds the scratch folder"),
        ("home/scratch/out", "lies in the scratch folder"),
        ("home/scorers/out", "lies in a folder of scorers"),
        ("home/exports/../out", "lies in the home"),
        ("other/../home/out", "lies in the home"),
        ("link", "holds the scratch folder"),
        ("link/out/deep", "lies in the home"),
        ("disk/files/main/samples/out", "lies in the files"),
        ("link-to-main/out", "lies in the files"),
        ("disk", "holds the files"),
        ("in/out", "lies in the inbox"),
        ("axes/out", "lies in a folder of scorers"),
        ("cat", "holds the catalogue"),
        (".", "holds the files"),
    ],
)
def test_own_folders_are_refused(own: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str,
                                 message: str) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    for given in (tmp_path / path, Path(path)):
        with pytest.raises(UsageError, match=message):
            refuse_own_folder(own, given)


@pytest.mark.parametrize(
    "path",
    ["home/exports/out", "link/exports/out", "home2", "other", "cat/out", "disk/out", "circle/out", "disk/filesx"],
)
def test_others_are_not(own: Settings, tmp_path: Path, path: str) -> None:
    refuse_own_folder(own, tmp_path / path)


def test_a_file_system_that_takes_cases_for_one_another(
    own: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "HOME").symlink_to(tmp_path / "home")
    monkeypatch.setattr("os.path.realpath", lambda path: str(Path(path).absolute()))  # a link that does not show
    with pytest.raises(UsageError, match="lies in the home"):
        refuse_own_folder(own, tmp_path / "HOME" / "out")


def test_exchange(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "what").write_text(name)
    if exchange(tmp_path / "a", tmp_path / "b"):
        assert (tmp_path / "a" / "what").read_text() == "b"
        assert (tmp_path / "b" / "what").read_text() == "a"
    else:
        assert (tmp_path / "a" / "what").read_text() == "a"
    with pytest.raises(FileNotFoundError):
        exchange(tmp_path / "a", tmp_path / "none")
