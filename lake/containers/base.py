"""What containers speak: blocks of records that a worker can read on its own, and records gone bad."""

from __future__ import annotations

import gzip
import io
import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import pyarrow as pa

from lake.errors import SourceError

MAX_RECORD = 64 * 1024 * 1024
"""Largest record in bytes; a longer one is refused, so that memory stays bounded."""

RAW_BYTES = 4096
"""Bytes of a refused record that are kept with its reason."""

COMPRESSIONS = (".gz", ".zst")


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
    - size: bytes of source it stands for, for progress.
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


def compression(path: Path) -> str | None:
    """`.gz`, `.zst` or None, by suffix."""
    return path.suffix if path.suffix in COMPRESSIONS else None


def bare_suffix(path: Path) -> str:
    """The suffix that says what is inside, compression aside: `.jsonl` of `a.jsonl.gz`."""
    inner = Path(path.stem) if compression(path) else path
    return inner.suffix.lower()


@contextmanager
def opened(path: Path, name: str) -> Iterator[BinaryIO]:
    """The file's bytes, decompressed on the way.

    Raises SourceError when it cannot be opened or its compression is damaged.
    """
    try:
        with path.open("rb") as raw:
            kind = compression(path)
            if kind == ".gz":
                yield io.BufferedReader(gzip.GzipFile(fileobj=raw), 1 << 20)
            elif kind == ".zst":
                # Arrow's reader, because zstandard's takes a truncated file for a complete one.
                with pa.CompressedInputStream(raw, "zstd") as stream:
                    yield io.BufferedReader(stream, 1 << 20)
            else:
                yield raw
    except PermissionError:
        raise SourceError("no permission", file=name, hint=f"Make it readable: chmod +r {path}") from None
    except (gzip.BadGzipFile, EOFError, zlib.error, OSError) as error:
        if compression(path) is None or getattr(error, "errno", None) is not None:
            raise
        raise SourceError(f"damaged {compression(path)} data: {error}", file=name) from None


def unpacked(path: Path, name: str, scratch: Path) -> Path:
    """The file itself, or a decompressed copy of it in the scratch folder."""
    if compression(path) is None:
        return path
    scratch.mkdir(parents=True, exist_ok=True)
    target = scratch / path.with_suffix("").name
    with opened(path, name) as stream, target.open("wb") as out:
        shutil.copyfileobj(stream, out, 4 << 20)
    return target
