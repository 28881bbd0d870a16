"""Symbolic links in a folder of a source: what leads outside is left out and told, and no file is read twice."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from lake.errors import SourceError
from lake.sources.description import Description
from lake.sources.resolve import ResolvedSource, resolve

ROW = '{"instruction": "add", "output": "3"}\n'


def write(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(ROW)
    return folder


def link(place: Path, target: Path | str) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(target)


def names(found: ResolvedSource) -> list[str]:
    return [file.name for file in found.files]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a file of its own and every kind of link out of it."""
    write(tmp_path, "elsewhere/secret.jsonl", "elsewhere/deep/more.jsonl", "data/own.jsonl")
    (tmp_path / "elsewhere/README.md").write_text("---\nlicense: secret\n---\nPrivate notes")
    link(tmp_path / "data/file.jsonl", tmp_path / "elsewhere/secret.jsonl")
    link(tmp_path / "data/relative.jsonl", "../elsewhere/deep/more.jsonl")
    link(tmp_path / "data/all", tmp_path / "elsewhere")
    link(tmp_path / "data/README.md", tmp_path / "elsewhere/README.md")
    link(tmp_path / "data/chain.jsonl", "file.jsonl")
    link(tmp_path / "data/gone.jsonl", "nothing")
    return tmp_path / "data"


def test_links_that_lead_outside_are_left_out_and_told(folder: Path, tmp_path: Path) -> None:
    found = resolve(folder)
    assert names(found) == ["own.jsonl"]
    assert found.description == Description()
    outside = tmp_path / "elsewhere"
    assert found.unfollowed == (
        f"README.md -> {outside}/README.md",
        f"all -> {outside}",
        f"chain.jsonl -> {outside}/secret.jsonl",
        f"file.jsonl -> {outside}/secret.jsonl",
        "gone.jsonl (leads nowhere)",
        f"relative.jsonl -> {outside}/deep/more.jsonl",
    )


def test_asked_for_they_are_followed_and_each_file_is_read_once(folder: Path) -> None:
    found = resolve(folder, follow_links=True)
    assert names(found) == ["all/deep/more.jsonl", "all/secret.jsonl", "own.jsonl"]
    assert len({os.path.realpath(file.path) for file in found.files}) == 3
    assert found.description.license == "secret"
    assert found.unfollowed == ("gone.jsonl (leads nowhere)",)


def test_patterns_follow_the_same_rule(folder: Path, tmp_path: Path) -> None:
    for pattern in ("*.jsonl", "**/*.jsonl", "**"):
        found = resolve(f"{folder}/{pattern}")
        assert names(found) == ["own.jsonl"]
        assert f"file.jsonl -> {tmp_path}/elsewhere/secret.jsonl" in found.unfollowed
    assert len(resolve(f"{folder}/**/*.jsonl", follow_links=True).files) == 3
    (folder / "own.jsonl").unlink()
    with pytest.raises(SourceError, match=r"(?s)only 4 symbolic links that lead out .* only with --follow-links"):
        resolve(f"{folder}/*.jsonl")


def test_a_folder_of_links_only_says_so(tmp_path: Path) -> None:
    write(tmp_path, "elsewhere/a.jsonl")
    link(tmp_path / "data/a.jsonl", tmp_path / "elsewhere/a.jsonl")
    with pytest.raises(SourceError) as caught:
        resolve(tmp_path / "data")
    assert caught.value.reason == (
        "it holds no data files, only 1 symbolic link that leads out of the folder or nowhere "
        f"(a.jsonl -> {tmp_path}/elsewhere/a.jsonl)"
    )
    assert "--follow-links" in caught.value.hint


def test_a_source_that_is_itself_a_link_is_read(tmp_path: Path) -> None:
    write(tmp_path, "elsewhere/a.jsonl", "elsewhere/in/b.jsonl")
    link(tmp_path / "here", tmp_path / "elsewhere")
    link(tmp_path / "file.jsonl", tmp_path / "elsewhere/a.jsonl")
    assert names(resolve(tmp_path / "here")) == ["a.jsonl", "in/b.jsonl"]
    assert names(resolve(tmp_path / "file.jsonl")) == ["file.jsonl"]
    assert names(resolve(f"{tmp_path}/here/*.jsonl")) == ["a.jsonl"]


def test_a_description_beside_a_file_may_not_lead_away(tmp_path: Path) -> None:
    write(tmp_path, "data/a.jsonl")
    (tmp_path / "private.yaml").write_text("license: mit\n")
    link(tmp_path / "data/a.yaml", tmp_path / "private.yaml")
    found = resolve(tmp_path / "data/a.jsonl")
    assert found.description == Description()
    assert found.unfollowed == (f"a.yaml -> {tmp_path}/private.yaml",)
    assert resolve(tmp_path / "data/a.jsonl", follow_links=True).description == Description(license="mit")


def test_links_that_stay_inside_are_second_names(tmp_path: Path) -> None:
    write(tmp_path, "real/a.jsonl", "b.jsonl", ".store/x91", "blob")
    link(tmp_path / "again.jsonl", "b.jsonl")
    link(tmp_path / "alias", "real")
    link(tmp_path / "round", ".")
    link(tmp_path / "loop", "loop")
    link(tmp_path / "hidden.jsonl", ".store/x91")
    link(tmp_path / "named.jsonl", "blob")
    found = resolve(tmp_path)
    assert names(found) == ["b.jsonl", "hidden.jsonl", "named.jsonl", "real/a.jsonl"]
    assert found.unfollowed == ("loop (leads nowhere)",)
    assert names(resolve(f"{tmp_path}/**/*.jsonl")) == names(found)
    assert names(resolve(f"{tmp_path}/alias/*")) == ["a.jsonl"]


def test_many_links_in_circles_end(tmp_path: Path) -> None:
    write(tmp_path, "a/x.jsonl", "b/y.jsonl")
    for number in range(12):
        link(tmp_path / f"a/to_b{number}", "../b")
        link(tmp_path / f"b/to_a{number}", "../a")
    assert names(resolve(tmp_path)) == ["a/x.jsonl", "b/y.jsonl"]
    assert names(resolve(f"{tmp_path}/**/*.jsonl")) == ["a/x.jsonl", "b/y.jsonl"]


def test_a_snapshot_of_a_download_cache_is_read_as_it_is(tmp_path: Path) -> None:
    cache = tmp_path / "hub/datasets--acme--sums"
    write(cache, "blobs/0a", "blobs/1b")
    write(tmp_path, "elsewhere/secret.jsonl")
    snapshot = cache / "snapshots" / ("f" * 40)
    link(snapshot / "data/train-00000-of-00001.jsonl", "../../../blobs/0a")
    link(snapshot / "data/test-00000-of-00001.jsonl", "../../../blobs/0a")
    link(snapshot / "README.md", "../../blobs/1b")
    link(snapshot / "data/secret.jsonl", tmp_path / "elsewhere/secret.jsonl")
    for place in (snapshot, snapshot / "data"):
        found = resolve(place)
        assert [file.split for file in found.files] == ["test", "train"]
        assert len(found.unfollowed) == 1


def test_what_is_no_file_is_passed_by(tmp_path: Path) -> None:
    write(tmp_path, "a.jsonl")
    os.mkfifo(tmp_path / "pipe.jsonl")
    link(tmp_path / "device.jsonl", "/dev/zero")
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(tmp_path / "s.jsonl"))
        found = resolve(tmp_path, follow_links=True)
    assert names(found) == ["a.jsonl"]
    assert names(resolve(f"{tmp_path}/*")) == ["a.jsonl"]
