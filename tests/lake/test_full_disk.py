"""A disk that is full while the lake is compacted or DuckDB spills: an error with a way out, and nothing is lost."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lake.catalog import Lake
from lake.errors import StorageError
from lake.failures import translated_errors
from lake.settings import Settings
from pipelines.ingest import ingest


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 16 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True).returncode:
        pytest.skip("mounting a small tmpfs needs root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_compacting_on_a_full_disk(small_disk: Path, tmp_path: Path) -> None:
    source = tmp_path / "one.jsonl"
    source.write_text(json.dumps({"instruction": "add", "output": "3"}) + "\n")
    with Lake.open(Settings.load(home=small_disk / "home", threads=2), create=True) as lake:
        for name in ("a", "b", "c"):
            ingest(lake, source, name=name)
        filler = small_disk / "filler"
        with filler.open("wb", buffering=0) as handle, contextlib.suppress(OSError):
            while handle.write(bytes(4096)) == 4096:
                pass
        with pytest.raises(StorageError, match=r"The disk of .* is full") as caught:
            lake.compact()
        assert "What was committed before is intact." in caught.value.hint
        filler.unlink()
        assert lake.rows("select count(*) from samples") == [(3,)]
        assert lake.damage() == []
        lake.compact()
        assert lake.rows("select count(*) from samples") == [(3,)]


@pytest.mark.parametrize("most", ["8MB", "1GB"])  # DuckDB's own limit is met first, and the disk's
def test_work_beyond_memory_tells_the_disk_it_spilled_to(small_disk: Path, most: str) -> None:
    settings = Settings.load(home=small_disk / "home", threads=1, memory_limit="80MB")
    with Lake.open(settings, create=True) as lake:
        lake.connection.execute(f"set max_temp_directory_size = '{most}'")
        with pytest.raises(StorageError, match="too little room") as caught, translated_errors(settings):
            lake.connection.execute(
                "create temp table big as select hash(i), hash(-i), hash(i + 7) from range(5000000) t (i)"
            )
        assert caught.value.message.startswith(f"The disk of {settings.scratch} has too little room for what does not ")
        assert "does not fit into 80MB of memory" in caught.value.message
        assert "ODA_MEMORY_LIMIT higher" in caught.value.hint
        assert lake.rows("select count(*) from samples") == [(0,)]
