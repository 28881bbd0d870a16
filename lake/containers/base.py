"""What containers speak: blocks of records that a worker can read on its own, and records gone bad."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

MAX_RECORD = 64 * 1024 * 1024
"""Largest record in bytes; a longer one is refused, so that memory stays bounded."""

RAW_BYTES = 4096
"""Bytes of a refused record that are kept with its reason."""

PIECE = 1 << 20
"""Bytes that are read at a time where a whole file need not be held."""


class Bad(NamedTuple):
    """A record that the container could not even parse."""

    reason: str
    raw: bytes
    offset: int | None = None


Item = tuple[int, Any]
"""One record of a block: its number in the file, from 0, and the record or Bad (plain for speed)."""


@dataclass(frozen=True)
class Block:
    """A run of consecutive records of one file; picklable, read by `containers.reader.read`.

    - kind: the container that reads it.
    - path, name: the file to open, and what to call it to people.
    - first, count: number of its first record in the file, and how many there are.
    - size: bytes of source it stands for, for progress and for what may be in flight at once.
    - where: what its container needs to find the records (a byte range, a row group).
    - data: the records themselves where they cannot be found again cheaply (compressed streams).
    """

    kind: str
    path: Path
    name: str
    first: int
    count: int
    size: int
    where: dict[str, Any] = field(default_factory=dict)
    data: Any = None


def too_large(what: str, raw: bytes, offset: int | None = None) -> Bad:
    """The refusal of a record over the limit, with its beginning."""
    return Bad(f"the {what} is over the limit of {MAX_RECORD:,} bytes", bytes(raw[:RAW_BYTES]), offset)
