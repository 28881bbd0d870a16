"""Where an export may go, and that killing it at any step leaves the old one or the new one, and nothing foreign."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lake.catalog import Lake
from lake.errors import StorageError, UsageError
from lake.exchange import exchange
from pipelines.export import export
from pipelines.exporting.folder import made_whole
from pipelines.exporting.place import check_replaceable, foreign_files
from pipelines.ingest import ingest


def write(folder: Path, text: str) -> None:
    """An export with two files, one of them in a folder."""
    (folder / "part").mkdir(parents=True)
    (folder / "data").write_text(text)
    (folder / "part" / "data").write_text(text)
    files = [{"file": "data"}, {"file": "part/data"}]
    (folder / "manifest.json").write_text(json.dumps({"tool": "oda-lake 0", "files": files}))


def held(folder: Path) -> str | None:
    """What a whole export holds; None where there is none."""
    if not folder.exists():
        return None
    assert foreign_files(folder) == []
    (text,) = {(folder / name).read_text() for name in ("data", "part/data")}
    return text


def killed_at(step: int, work: Callable[[], None]) -> bool:
    """Run `work` in a process that is killed before the file system is asked the step-th time; whether it came to it."""
    child = os.fork()
    if child:
        return os.WIFSIGNALED(os.waitpid(child, 0)[1])
    try:
        left = step

        def watch(event: str, _: object) -> None:
            nonlocal left
            if event == "open" or event.startswith(("os.", "shutil.", "fcntl.", "ctypes.")):
                left -= 1
                if not left:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(watch)
        work()
    finally:
        os._exit(0)


@pytest.mark.parametrize("exchanges", [True, False])
@pytest.mark.parametrize("before", ["old", None])
def test_killed_at_any_step_there_is_the_old_or_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exchanges: bool, before: str | None
) -> None:
    if not exchanges:
        monkeypatch.setattr("pipelines.exporting.folder.exchange", lambda *_: False)
    elif not exchange(*(tmp_path / name for name in ("a", "b") if (tmp_path / name).mkdir() is None)):
        pytest.skip("this file system cannot exchange names")
    home = tmp_path / "exports"
    out = home / "out"
    foreign = [home / "beside", home / ".out.12345678.export" / "mine", home / ".out.partial"]
    for path in foreign:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine")

    def run() -> None:
        with made_whole(out, overwrite=True) as (folder, scratch):
            (scratch / "draft").write_text("draft")
            write(folder, "new")

    seen: list[str | None] = []
    for step in range(1, 500):
        if before:
            with made_whole(out, overwrite=True) as (folder, _):
                write(folder, before)
        killed = killed_at(step, run)
        seen.append(held(out))
        with pytest.raises(KeyboardInterrupt), made_whole(out, overwrite=True):
            raise KeyboardInterrupt
        after = held(out)
        assert after == (before if seen[-1] is None else seen[-1])
        assert [path.read_text() for path in foreign] == ["mine"] * 3
        assert len(list(home.iterdir())) == 3 + (after is not None)
        if not killed:
            break
        if not before and out.exists():
            (out / "data").unlink()
            (out / "part" / "data").unlink()
            (out / "part").rmdir()
            (out / "manifest.json").unlink()
            out.rmdir()
    assert step > 20
    assert seen[-1] == "new"
    # Only where names cannot be exchanged is there a moment without any, and the next run ends it.
    assert set(seen) == {before, "new"} | (set() if exchanges else {None})


def test_an_empty_folder_is_taken_in_one_step(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with made_whole(tmp_path / "out") as (folder, _):
        write(folder, "new")
    assert held(tmp_path / "out") == "new"


@pytest.mark.parametrize("exchanges", [True, False])
def test_what_came_there_meanwhile_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exchanges: bool) -> None:
    if not exchanges:
        monkeypatch.setattr("pipelines.exporting.folder.exchange", lambda *_: False)

    def meanwhile(out: Path, name: str, *, overwrite: bool) -> None:
        with made_whole(out, overwrite=overwrite) as (folder, _):
            write(folder, "new")
            out.mkdir()
            (out / name).write_text("years of work")

    with pytest.raises(UsageError, match="holds no export"):
        meanwhile(tmp_path / "one", "thesis.tex", overwrite=True)
    with pytest.raises(UsageError, match="is not empty"):
        meanwhile(tmp_path / "two", "manifest.json", overwrite=False)
    assert (tmp_path / "one" / "thesis.tex").read_text() == "years of work"
    assert (tmp_path / "two" / "manifest.json").read_text() == "years of work"
    assert len(list(tmp_path.iterdir())) == 2


def test_what_was_put_there_between_check_and_exchange_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    write(out, "old")

    def late(folder: Path, called: Path, *, overwrite: bool) -> None:
        check_replaceable(folder, called, overwrite=overwrite)
        if folder == out:
            (out / "notes").write_text("of somebody")

    monkeypatch.setattr("pipelines.exporting.folder.check_replaceable", late)
    with (
        pytest.raises(UsageError, match="holds files that no export wrote, so it is not overwritten: notes"),
        made_whole(out, overwrite=True) as (folder, _),
    ):
        write(folder, "new")
    assert (out / "notes").read_text() == "of somebody"
    assert (out / "data").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_through_a_link_the_folder_behind_it_is_replaced(tmp_path: Path) -> None:
    write(tmp_path / "disk" / "real", "old")
    (tmp_path / "out").symlink_to(tmp_path / "disk" / "real")
    with made_whole(tmp_path / "out", overwrite=True) as (folder, _):
        write(folder, "new")
    assert (tmp_path / "out").is_symlink()
    assert held(tmp_path / "disk" / "real") == "new"
    assert [path.name for path in (tmp_path / "disk").iterdir()] == ["real"]
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    with pytest.raises(StorageError, match="Cannot write"), made_whole(tmp_path / "circle"):
        pass


@pytest.mark.parametrize(
    "manifest",
    ["{", "[]", "{}", '{"tool": "webpack", "files": []}', '{"tool": "oda-lake 0"}', '{"tool": 1, "files": []}'],
)
def test_a_manifest_of_something_else_makes_no_export(tmp_path: Path, manifest: str) -> None:
    (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(UsageError, match="holds no export"):
        check_replaceable(tmp_path, tmp_path, overwrite=True)


def test_files_added_to_an_export_are_kept(lake: Lake, tmp_path: Path) -> None:
    source = tmp_path / "facts.jsonl"
    source.write_text('{"question": "What is 1?", "answer": "1"}\n')
    ingest(lake, source)
    out = tmp_path / "out"
    export(lake, "facts", to="jsonl", out=out)
    (out / "notes").mkdir()
    (out / "notes" / "mine.txt").write_text("mine")
    (out / "linked").symlink_to(tmp_path)
    with pytest.raises(UsageError, match=r"so it is not overwritten: linked, notes/mine\.txt"):
        export(lake, "facts", to="jsonl", out=out, overwrite=True)
    (out / "linked").unlink()
    (out / "notes" / "mine.txt").rename(tmp_path / "mine.txt")
    export(lake, "facts", to="jsonl", out=out, overwrite=True)
    assert sorted(path.name for path in out.iterdir()) == ["README.md", "data.jsonl", "manifest.json"]


def test_not_over_what_a_dataset_was_read_from(lake: Lake, tmp_path: Path) -> None:
    source = tmp_path / "sources" / "facts.jsonl"
    source.parent.mkdir()
    source.write_text('{"question": "What is 1?", "answer": "1"}\n')
    ingest(lake, source)
    out = tmp_path / "out"
    export(lake, "facts", to="jsonl", out=out)
    ingest(lake, source.parent, name="whole")
    ingest(lake, f"{tmp_path}/sour*/*.jsonl", name="matched")
    ingest(lake, out / "data.jsonl", name="again")
    for place, message in [
        (out, "holds the source of dataset 'again'"),
        (source.parent / "deep" / "out", "lies in the source of dataset 'whole'"),
        (source.parent, "holds the source of dataset"),
    ]:
        with pytest.raises(UsageError, match=message):
            export(lake, "facts", to="jsonl", out=place, overwrite=True)
    export(lake, "facts", to="jsonl", out=tmp_path / "beside")
