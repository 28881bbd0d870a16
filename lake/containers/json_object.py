"""A large file that is one object: which of its members holds the rows, and what the others say about all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO

import orjson

from lake.containers.base import MAX_RECORD, PIECE, Bad, Block
from lake.containers.elements import Splitter
from lake.containers.json_elements import Cut, array_blocks, goes_on, sequence_blocks
from lake.containers.lines import parse
from lake.containers.row_keys import check_carried, keys_of_rows
from lake.errors import SourceError

_KEY = re.compile(rb'\s*("(?:[^"\\]|\\.)*")\s*:\s*', re.DOTALL)
_HEAD_BYTES = 4096


def blocks(cut: Cut, at: int) -> Iterator[Block]:
    """The rows of a plain file whose object opens at byte `at`, or objects one after another from there on.

    Raises SourceError when the object is itself a record over the limit, or says too much about all of its rows.
    """
    with cut.path.open("rb") as stream:
        members, end = _members(cut, stream, at)
        stream.seek(end)
        if goes_on(stream):
            stream.seek(at)
            yield from sequence_blocks(cut, stream, at)
            return
        values = dict(_values(cut, stream, members))
        first = {
            key: _first_element(stream, *place)
            for key, place in values.items()
            if _is_array_of_objects(stream, place[0])
        }
        keys = keys_of_rows(first, {key: _small(stream, *place) for key, place in values.items()})
        if not keys and end - at <= MAX_RECORD:
            stream.seek(at)
            yield Block(cut.kind, cut.path, cut.name, 0, 1, end - at, data=[parse(stream.read(end - at), at)])
            return
        if not keys:
            raise SourceError(
                f"the file is one record of {end - at:,} bytes, over the limit of {MAX_RECORD:,}",
                file=cut.name,
                offset=at,
                hint="Convert it to JSON lines, one record a line.",
            )
        about = _about(cut, stream, {other: place for other, place in values.items() if other not in keys})
        carried, rows = len(orjson.dumps(about)) if about else 0, 0
        for key, split in keys.items():
            start = values[key][0] + 1
            stream.seek(start)
            for block in array_blocks(replace(cut, about=about, split=split), stream, start, first=rows):
                rows += block.count
                check_carried(carried, rows, keys, about, cut.name)
                yield block


def _members(cut: Cut, stream: BinaryIO, at: int) -> tuple[list[tuple[int, int]], int]:
    """Where the members of the object stand, and where it ends."""
    stream.seek(at + 1)
    splitter, start, members, base = Splitter(1), at + 1, [], at + 1
    while piece := stream.read(PIECE):
        found = splitter.feed(piece)
        close = int(found.closings[0]) + at + 1 if len(found.closings) else None
        for separator in (found.separators + at + 1).tolist():
            if close is not None and separator > close:
                break
            members.append((start, separator))
            start = separator + 1
        if close is not None:
            if piece[close - base] != ord("}"):
                raise SourceError("not valid JSON: ']' closes an object", file=cut.name, offset=close)
            return [*members, (start, close)], close + 1
        base += len(piece)
    raise SourceError("not valid JSON: the object is cut short, it is never closed", file=cut.name)


def _values(cut: Cut, stream: BinaryIO, members: list[tuple[int, int]]) -> Iterator[tuple[str, tuple[int, int]]]:
    for start, end in members:
        stream.seek(start)
        head = _KEY.match(stream.read(min(end - start, _HEAD_BYTES)))
        key = parse(head[1]) if head else None
        if head is None or not isinstance(key, str):
            raise SourceError("not valid JSON: a member without a key", file=cut.name, offset=start)
        yield key, (start + head.end(), end)


def _is_array_of_objects(stream: BinaryIO, start: int) -> bool:
    stream.seek(start)
    head = stream.read(_HEAD_BYTES)
    return head[:1] == b"[" and head[1:].lstrip()[:1] == b"{"


def _first_element(stream: BinaryIO, start: int, end: int) -> Any:
    """The first element of an array; None where it is large."""
    stream.seek(start + 1)
    head = stream.read(min(end - start - 1, PIECE))
    found = Splitter(0).feed(head).closings
    element = parse(head[: int(found[0]) + 1].strip()) if len(found) else None
    return element if isinstance(element, dict) else None


def _small(stream: BinaryIO, start: int, end: int) -> Any:
    """A member's value where it is small, else None."""
    if end - start > _HEAD_BYTES:
        return None
    stream.seek(start)
    return parse(stream.read(end - start))


def _about(cut: Cut, stream: BinaryIO, values: dict[str, tuple[int, int]]) -> dict[str, Any]:
    size = sum(end - start for start, end in values.values())
    if size > MAX_RECORD:
        raise SourceError(
            f"beside its rows it holds {size:,} bytes in {', '.join(values)}, over the limit of {MAX_RECORD:,}",
            file=cut.name,
            hint="Make files of their own of what belongs to no single row.",
        )
    about = {}
    for key, (start, end) in values.items():
        stream.seek(start)
        about[key] = parse(stream.read(end - start), start)
        if isinstance(about[key], Bad):
            raise SourceError(about[key].reason, file=cut.name, offset=about[key].offset)
    return about
