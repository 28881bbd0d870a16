"""Compressed files: read as a stream, or unpacked into the scratch folder; what they grow to is bounded.

A few kilobytes can be packed so that they grow to terabytes. Nothing useful packs that well: a source is refused when
it has grown to many times its size, or when unpacking would fill the disk.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from lake.errors import SourceError, StorageError

COMPRESSIONS = (".gz", ".zst", ".xz", ".bz2")

UNPACK_RATIO = 200
"""How many times its size a compressed source may grow by default; text packs 3 to 20 times, repetitive logs 100."""

HARMLESS_BYTES = 256 * 1024 * 1024
"""Up to this size, whatever grows is no danger and is read."""

_XZ_MEMORY = 160 << 20
_XZ_PIECE = 1 << 16

FREE_BYTES = 512 * 1024 * 1024
"""Bytes of the disk that unpacking leaves free."""


def compression(path: Path) -> str | None:
    """`.gz`, `.zst`, `.xz`, `.bz2` or None, by suffix."""
    return path.suffix.lower() if path.suffix.lower() in COMPRESSIONS else None


def bare_suffix(path: Path) -> str:
    """The suffix that says what is inside, compression aside: `.jsonl` of `a.jsonl.gz`."""
    inner = Path(path.stem) if compression(path) else path
    return inner.suffix.lower()


@contextmanager
def opened(path: Path, name: str, ratio: int = UNPACK_RATIO) -> Iterator[BinaryIO]:
    """The file's bytes, decompressed on the way and at most `ratio` times as many as it has.

    Raises SourceError when it cannot be opened, its compression is damaged or it grows beyond measure.
    """
    try:
        with path.open("rb") as raw:
            kind = compression(path)
            size = path.stat().st_size
            if kind == ".gz":
                yield io.BufferedReader(_Bounded(gzip.GzipFile(fileobj=raw), name, size, ratio), 1 << 20)
            elif kind == ".zst":
                # Arrow's reader, because zstandard's takes a truncated file for a complete one.
                with pa.CompressedInputStream(raw, "zstd") as stream:
                    yield io.BufferedReader(_Bounded(stream, name, size, ratio), 1 << 20)
            elif kind == ".xz":
                yield io.BufferedReader(_Bounded(_XzStream(raw), name, size, ratio), 1 << 20)
            elif kind == ".bz2":
                yield io.BufferedReader(_Bounded(bz2.BZ2File(raw), name, size, ratio), 1 << 20)
            else:
                yield raw
    except PermissionError:
        raise SourceError("no permission", file=name, hint=f"Make it readable: chmod +r {path}") from None
    except (gzip.BadGzipFile, EOFError, zlib.error, lzma.LZMAError, OSError) as error:
        if compression(path) is None or getattr(error, "errno", None) is not None:
            raise
        if "too much memory" in str(error) or "Memory usage limit" in str(error):
            raise SourceError(
                "packed with a window that takes more than 128 MiB of memory to unpack",
                file=name,
                hint="Pack it again without --long or --ultra.",
            ) from None
        raise SourceError(f"damaged {compression(path)} data: {error}", file=name) from None


class _XzStream:
    """What an .xz file holds, of one stream or several, in bounded memory."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._decoder = lzma.LZMADecompressor(lzma.FORMAT_AUTO, memlimit=_XZ_MEMORY)
        self._rest = b""

    def read(self, size: int) -> bytes:
        """At most so many bytes, none at the end."""
        while True:
            if self._decoder.eof:
                self._rest = (self._decoder.unused_data or self._raw.read(_XZ_PIECE)).lstrip(b"\0")
                if not self._rest:
                    return b""
                self._decoder = lzma.LZMADecompressor(lzma.FORMAT_AUTO, memlimit=_XZ_MEMORY)
            elif self._decoder.needs_input:
                self._rest = self._raw.read(_XZ_PIECE)
                if not self._rest:
                    raise EOFError("it ends in the middle")
            piece = self._decoder.decompress(self._rest, size)
            self._rest = b""
            if piece:
                return piece


class _Bounded(io.RawIOBase):
    """A stream that counts what it gives and refuses to give too much."""

    def __init__(
        self, stream: BinaryIO | gzip.GzipFile | bz2.BZ2File | _XzStream, name: str, packed: int, ratio: int
    ) -> None:
        self._stream = stream
        self._name = name
        self._packed = packed
        self._ratio = ratio
        self._given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        piece = self._stream.read(len(buffer))
        buffer[: len(piece)] = piece
        self._given += len(piece)
        check_growth(self._given, self._packed, self._name, self._ratio)
        return len(piece)


def check_growth(grown: int, packed: int, name: str, ratio: int) -> None:
    """Raise SourceError where `packed` bytes that became `grown` bytes are no honest compression."""
    if grown <= max(HARMLESS_BYTES, ratio * packed):
        return
    raise SourceError(
        f"its {packed:,} bytes grow to more than {grown / 1e6:,.0f} MB, over {grown // max(packed, 1):,} times; "
        f"at most {ratio} times is allowed",
        file=name,
        hint=f"If it is no trap, allow more with ODA_UNPACK_RATIO={max(2 * ratio, 10 * (grown // max(packed, 1)))}, "
        "or unpack it yourself.",
    )


class Growth:
    """What is unpacked of a source into a folder: refused where it grows beyond measure or fills the disk."""

    def __init__(self, name: str, packed: int, ratio: int, folder: Path) -> None:
        self._name = name
        self._packed = packed
        self._ratio = ratio
        self._folder = folder
        self._written = 0

    def add(self, size: int) -> None:
        """So many bytes more are about to be written; raises SourceError or StorageError where they may not."""
        check_growth(self._written + size, self._packed, self._name, self._ratio)
        free = shutil.disk_usage(self._folder).free
        if free < FREE_BYTES:
            raise StorageError(
                f"Unpacking {self._name} ({self._packed / 1e6:,.0f} MB packed, "
                f"{self._written / 1e6:,.0f} MB unpacked so far) "
                f"leaves only {free / 1e6:,.0f} MB free on the disk of {self._folder}.",
                hint="Nothing was changed. Free some space, or unpack it yourself on another disk.",
            )
        self._written += size


def unpacked(path: Path, name: str, scratch: Path, ratio: int = UNPACK_RATIO) -> Path:
    """The file itself, or a decompressed copy of it in the scratch folder.

    Raises SourceError as `opened`, and StorageError when the copy would fill the disk; then no copy is left.
    """
    if compression(path) is None:
        return path
    scratch.mkdir(parents=True, exist_ok=True)
    target = scratch / path.with_suffix("").name
    growth = Growth(name, path.stat().st_size, ratio, scratch)
    try:
        with opened(path, name, ratio) as stream, target.open("wb") as out:
            while piece := stream.read(4 << 20):
                growth.add(len(piece))
                out.write(piece)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return target
