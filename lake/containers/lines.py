"""JSON lines: one object a line; a line that does not parse is one bad record, not a bad file."""

from __future__ import annotations

import json
import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from lake.containers.base import MAX_RECORD, RAW_BYTES, Bad, Block, Item, compression, opened

KIND = "lines"
_BOM = b"\xef\xbb\xbf"
_EXACT_FLOAT = 2.0**63
"""From here on a float may stand for an integer that orjson could not hold."""


def blocks(path: Path, name: str, block_bytes: int) -> Iterator[Block]:
    """Cut the file at line ends into blocks of about `block_bytes`."""
    if compression(path) is None:
        if path.stat().st_size:
            yield from _ranges(path, name, block_bytes)
        return
    yield from _stream(path, name, block_bytes)


def _ranges(path: Path, name: str, block_bytes: int) -> Iterator[Block]:
    with path.open("rb") as handle, mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as view:
        total, start, first = len(view), 0, 0
        while start < total:
            end = min(start + block_bytes, total)
            if end < total:
                end = view.find(b"\n", end - 1) + 1 or total
            count = _line_count(view, start, end)
            yield Block(KIND, path, name, first, count, end - start, {"offset": start, "length": end - start})
            first += count
            start = end
            if hasattr(mmap, "MADV_DONTNEED"):
                view.madvise(mmap.MADV_DONTNEED)


def _line_count(view: mmap.mmap, start: int, end: int) -> int:
    lines, at = 0, start
    while at < end:
        piece = view[at : min(at + (4 << 20), end)]
        lines += piece.count(b"\n")
        at += len(piece)
        last = piece[-1:]
    return lines if last == b"\n" else lines + 1


def _stream(path: Path, name: str, block_bytes: int) -> Iterator[Block]:
    first, offset = 0, 0
    with opened(path, name) as stream:
        for data in _whole_lines(stream, block_bytes):
            count = data.count(b"\n") + (not data.endswith(b"\n"))
            yield Block(KIND, path, name, first, count, len(data), {"offset": offset}, data)
            first += count
            offset += len(data)


def _whole_lines(stream: BinaryIO, block_bytes: int) -> Iterator[bytes]:
    while data := stream.read(block_bytes):
        if not data.endswith(b"\n"):
            # Only as much of an over-long line is kept as shows that it is too long.
            data += stream.readline(MAX_RECORD + 1)
            while not data.endswith(b"\n") and (more := stream.readline(MAX_RECORD)):
                data = data[: len(data) - 1] + more[-1:] if more.endswith(b"\n") else data
        yield data


def read(block: Block) -> Iterator[Item]:
    """The records of a block, and Bad where a line does not parse; blank lines only count."""
    number = block.first - 1
    base = block.where["offset"]
    for offset, line in _lines(block):
        number += 1
        if len(line) > MAX_RECORD:
            reason = f"the line is over the limit of {MAX_RECORD:,} bytes"
            yield number, Bad(reason, bytes(line[:RAW_BYTES]), base + offset)
            continue
        if number == 0 and line.startswith(_BOM):
            line = line[len(_BOM) :]  # noqa: PLW2901 - the mark is not part of the record
        if not line or line.isspace():
            continue
        yield number, parse(line, base + offset)


def _lines(block: Block) -> Iterator[tuple[int, bytes]]:
    if block.data is not None:
        offset = 0
        for line in block.data.split(b"\n"):
            yield offset, line
            offset += len(line) + 1
        return
    with block.path.open("rb", buffering=4 << 20) as handle:
        handle.seek(block.where["offset"])
        offset, length = 0, block.where["length"]
        while offset < length:
            line = handle.readline(MAX_RECORD + 2)
            if not line:
                return
            size = len(line)
            if size > MAX_RECORD and not line.endswith(b"\n"):
                while more := handle.readline(MAX_RECORD):
                    size += len(more)
                    if more.endswith(b"\n"):
                        break
            yield offset, line[:-1] if line.endswith(b"\n") else line
            offset += size


def parse(text: bytes, offset: int | None = None) -> Any:
    """One JSON value, or Bad; integers of any size and NaN survive (NaN as its name)."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return _parse_slowly(text, offset, error)
    if type(value) is dict:
        for item in value.values():
            if type(item) is float and not -_EXACT_FLOAT < item < _EXACT_FLOAT:
                return json.loads(text)
    return value


def _parse_slowly(text: bytes, offset: int | None, first: orjson.JSONDecodeError) -> Any:
    place = None if offset is None else offset + first.pos
    raw = bytes(text[:RAW_BYTES])
    try:
        value = json.loads(text.decode(), parse_constant=lambda name: name)
        orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
    except UnicodeDecodeError as error:
        return Bad(f"not valid UTF-8: {error.reason} at character {error.start}", raw, offset)
    except json.JSONDecodeError:
        return Bad(f"not valid JSON: {first.msg} at column {first.pos + 1}", raw, place)
    except RecursionError:
        return Bad("not readable JSON: nested too deeply", raw, offset)
    except (TypeError, ValueError) as error:  # a lone surrogate, or an integer over 64 bits
        if "surrogate" in str(error) or "UTF-8" in str(error):
            return Bad("not valid text: a lone surrogate escape", raw, offset)
        return value
    return value
