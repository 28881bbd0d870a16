"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from lake.locks import folder_lock


def write_whole(path: Path, content: bytes) -> None:
    """Write a file in one step: at any moment it is what it was or what it becomes.

    Writers of one folder wait for one another, so a draft has one name and one that was left is written over.
    """
    with folder_lock(path.parent, wait=True):
        replace_whole(path, content)


def replace_whole(path: Path, content: bytes) -> None:
    """`write_whole` for who holds the lock of the folder already."""
    draft = path.with_name(f".{path.name}.partial")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
