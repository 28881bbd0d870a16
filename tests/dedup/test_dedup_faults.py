"""A disk that fills up while spilling: a clear error, a consistent lake."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from scoring_lake import fill

from lake.catalog import Lake
from lake.errors import StorageError
from lake.settings import Settings
from pipelines.dedup import dedup


def families(rows: int) -> list[tuple[str | None, str | None]]:
    """Texts of which one in three is an edit of an earlier one."""
    draw = random.Random(3)
    words = [f"w{number}" for number in range(2000)]
    made: list[str] = []
    for number in range(rows):
        text = draw.choice(made).split() if number % 3 == 2 else draw.choices(words, k=60)
        text[draw.randrange(60)] = draw.choice(words)
        made.append(" ".join(text))
    return [("Tell me.", text) for text in made]


@pytest.fixture
def small_scratch(tmp_path: Path) -> Iterator[Path]:
    """A home whose scratch folder, where DuckDB spills, is a file system of 4 MB."""
    scratch = tmp_path / "home" / "scratch"
    scratch.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(scratch)]
    if subprocess.run(command, capture_output=True).returncode:
        pytest.skip("mounting a small tmpfs needs root")
    yield tmp_path / "home"
    subprocess.run(["umount", "-l", str(scratch)], check=True)


def test_too_little_memory_and_spill_disk_is_a_clear_error_and_leaves_the_lake(small_scratch: Path) -> None:
    enough = Settings.load(home=small_scratch, threads=2, memory_limit="1GB")
    with Lake.open(enough, create=True) as lake:
        fill(lake, "chat", families(60_000))
    for limit in ("30MB", "40MB"):  # 30 MB do not hold the schema itself
        with (
            pytest.raises(StorageError, match="is full|is not enough|too little room") as raised,
            Lake.open(enough.model_copy(update={"memory_limit": limit})) as lake,
        ):
            dedup(lake)
        assert "What was committed before is intact." in raised.value.hint
        with Lake.open(enough) as lake:
            assert lake.rows("select count(*) from near_duplicates") == [(0,)]
            assert lake.rows("select count(*) from samples") == [(60_000,)]
    with Lake.open(enough) as lake:
        assert dedup(lake).excluded > 10_000
