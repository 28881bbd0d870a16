"""Empty lakes for tests: made once a process, copied for each test."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

from lake.catalog import Lake
from lake.settings import Settings


@functools.cache
def _template() -> Path:
    """The home of an empty lake that every later one is a copy of."""
    folder = Path(tempfile.mkdtemp(prefix="oda-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with Lake.open(Settings.load(home=folder / "home"), create=True):
        pass
    return folder / "home"


def lay(home: Path) -> Path:
    """Put an empty lake into a home that has none; the home."""
    shutil.copytree(_template(), home, dirs_exist_ok=True)
    return home


def fresh(home: Path, **settings: object) -> Lake:
    """A new empty lake in a home of its own, open for writing."""
    return Lake.open(Settings.load(home=lay(home), **settings))


def filled(lake: Lake) -> list[str]:
    """The tables that have files; DuckLake takes a hundred times as long over one that has none.

    It asks the catalogue once a column for statistics that such a table lacks, and keeps no answer.
    """
    return [
        str(name) for (name,) in lake.rows("select table_name from ducklake_table_info('lake') where file_count > 0")
    ]
