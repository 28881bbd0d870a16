"""Shards in .xz, .bz2, .zip and .tar are read; every other file is named, and one that looks like data is partial."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from pathlib import Path

import pytest

from lake.catalog import Lake
from lake.containers import packed
from lake.errors import SourceError
from pipelines.ingest import ingest, preview


def rows(start: int, count: int = 3) -> bytes:
    """Lines of questions numbered from there on."""
    numbers = range(start, start + count)
    return b"".join(json.dumps({"question": f"Day {n}?", "answer": f"Rain {n}."}).encode() + b"\n" for n in numbers)


def zipped(path: Path, members: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def taped(path: Path, members: dict[str, bytes], mode: str) -> None:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "rain"
    folder.mkdir()
    return folder


def test_every_compression_and_archive(lake: Lake, folder: Path) -> None:
    (folder / "a.jsonl.gz").write_bytes(gzip.compress(rows(0)))
    (folder / "b.jsonl.xz").write_bytes(lzma.compress(rows(3, 2)) + lzma.compress(rows(5, 1)))
    (folder / "c.jsonl.bz2").write_bytes(bz2.compress(rows(6)))
    zipped(folder / "d.zip", {"part/train.jsonl": rows(9), "../../out.jsonl": rows(12), "__MACOSX/._x.jsonl": b"\0"})
    taped(folder / "e.tar.gz", {"x.csv": b"question,answer\nDay 15?,Rain 15.\n", "pictures/x.png": b"\x89PNG"}, "w:gz")
    taped(folder / "f.tar", {"y.jsonl.gz": gzip.compress(rows(16))}, "w")
    report = ingest(lake, folder)
    assert (report.samples, report.rejected, report.partial) == (19, 0, False)
    assert report.left_out == ("e.tar.gz/pictures/x.png",)
    assert lake.rows("select response from samples order by response") == sorted([(f"Rain {n}.",) for n in range(19)])
    assert not list(folder.parent.rglob("out.jsonl"))
    assert not list(lake.scratch.glob("ingest-*"))


def test_what_is_left_out_is_named_and_kept(lake: Lake, folder: Path) -> None:
    (folder / "a.jsonl").write_bytes(rows(0))
    (folder / "b.jsonl.lz4").write_bytes(b"?")
    (folder / "c.txt").write_text("Day 3?")
    (folder / "photo.jpg").write_bytes(b"?")
    for name in ("README.md", "LICENSE.txt", "dataset_infos.json", ".hidden.txt", "load.py"):
        (folder / name).write_text("{}")
    for report in (preview(lake.settings, folder), ingest(lake, folder), ingest(lake, folder)):
        assert tuple(report.left_out) == ("b.jsonl.lz4", "c.txt", "photo.jpg")
        assert report.partial
    assert lake.rows("select left_out, remarks from datasets") == [(["b.jsonl.lz4", "c.txt", "photo.jpg"], [])]


def test_pictures_alone_are_not_partial(lake: Lake, folder: Path) -> None:
    (folder / "a.jsonl").write_bytes(rows(0))
    (folder / "photo.jpg").write_bytes(b"?")
    assert not ingest(lake, folder).partial


def test_damaged_archives(lake: Lake, folder: Path) -> None:
    zipped(folder / "a.zip", {"a.jsonl": rows(0, 500)})
    content = (folder / "a.zip").read_bytes()
    (folder / "a.zip").write_bytes(content[: len(content) // 2])
    with pytest.raises(SourceError, match=r"Cannot read a\.zip.*: a damaged archive: File is not a zip file"):
        ingest(lake, folder)
    (folder / "a.zip").unlink()
    (folder / "b.jsonl.xz").write_bytes(lzma.compress(rows(0, 500))[:-40])
    with pytest.raises(SourceError, match=r"damaged \.xz data"):
        ingest(lake, folder)
    assert lake.rows("select count(*) from datasets") == [(0,)]


@pytest.mark.parametrize("name", ["a.zip", "a.tar.xz", "a.jsonl.xz", "a.jsonl.bz2"])
def test_what_grows_beyond_measure(lake: Lake, folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "HARMLESS_BYTES", 1 << 20)
    bomb = b'{"question": "' + b"q" * (8 << 20) + b'", "answer": "a"}\n'
    if name.endswith("zip"):
        zipped(folder / name, {"a.jsonl": bomb})
    elif ".tar" in name:
        taped(folder / name, {"a.jsonl": bomb}, "w:xz")
    else:
        (folder / name).write_bytes({"xz": lzma, "bz2": bz2}[name.rsplit(".", 1)[1]].compress(bomb))
    with pytest.raises(SourceError, match="times is allowed"):
        ingest(lake, folder)
