"""JSON lines: one object a line; a line that does not parse is one bad record, not a bad file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from lake.containers.base import MAX_RECORD, RAW_BYTES, Bad, Block, Item, too_large
from lake.containers.packed import UNPACK_RATIO, compression, opened
from lake.errors import SourceError

KIND = "lines"
_PIECE = 4 << 20
_BOM = b"\xef\xbb\xbf"
_EXACT_FLOAT = 2.0**63
"""From here on a float may stand for an integer that orjson could not hold."""


def blocks(path: Path, name: str, block_bytes: int, ratio: int = UNPACK_RATIO) -> Iterator[Block]:
    """Cut the file at line ends into blocks of about `block_bytes`."""
    with opened(path, name, ratio) as stream:
        if compression(path) is None:
            yield from _ranges(path, name, stream, block_bytes)
        else:
            yield from _texts(path, name, stream, block_bytes)


def _ranges(path: Path, name: str, stream: BinaryIO, block_bytes: int) -> Iterator[Block]:
    # What a program appends meanwhile is not read: the file is as long as it was.
    total, start, first = path.stat().st_size, 0, 0
    while start < total:
        stream.seek(start)
        end, count = start, 0
        while end < total:
            piece = stream.read(min(_PIECE, total - end))
            if not piece:
                raise SourceError("the file became shorter while it was read", file=name)
            cut = piece.find(b"\n", max(0, start + block_bytes - 1 - end)) + 1
            if end + len(piece) >= start + block_bytes and cut:
                piece = piece[:cut]
            end += len(piece)
            count += piece.count(b"\n")
            if end - start >= block_bytes and piece.endswith(b"\n"):
                break
        count += not piece.endswith(b"\n")
        yield Block(KIND, path, name, first, count, end - start, {"offset": start, "length": end - start})
        first, start = first + count, end


def _texts(path: Path, name: str, stream: BinaryIO, block_bytes: int) -> Iterator[Block]:
    first, offset = 0, 0
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
            yield number, too_large("line", line, base + offset)
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
