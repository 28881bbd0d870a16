"""A file is what it was or what it becomes, whatever happens while it is written."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from lake.whole_file import write_whole


def test_a_draft_that_was_left_is_written_over(tmp_path: Path) -> None:
    (tmp_path / ".file.partial").write_bytes(b"left by a killed program, and longer")
    write_whole(tmp_path / "file", b"new")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"file": b"new"}


def test_what_fails_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_whole(tmp_path / "file", b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"old"


def test_several_writers_at_once_leave_one_whole_file(tmp_path: Path) -> None:
    contents = [bytes([65 + n]) * 50_000 for n in range(6)]
    failures: list[BaseException] = []

    def write(content: bytes) -> None:
        try:
            for _ in range(5):
                write_whole(tmp_path / "file", content)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert (tmp_path / "file").read_bytes() in contents
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
