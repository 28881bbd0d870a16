"""JSON files that are one value: an array of records, or an object that holds such an array.

A small file is parsed whole, so that an error names its byte as a parser sees it. Of a larger one only the ends of its
elements are found (`lake.containers.elements`); workers parse them, so memory is a block's, whatever the file's size.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from lake.containers import json_elements, json_object
from lake.containers.base import Block, Item
from lake.containers.json_elements import Cut
from lake.containers.packed import UNPACK_RATIO, opened
from lake.containers.row_keys import check_carried, keys_of_rows, of_split
from lake.errors import SourceError
from lake.formats.base import FILE_KEY

KIND = "json"
WHOLE_FILE_BYTES = 8 * 1024 * 1024
RECORDS_PER_BLOCK = 20_000


def blocks(path: Path, name: str, block_bytes: int, ratio: int = UNPACK_RATIO) -> Iterator[Block]:
    """The file's records in blocks; a compressed one must not need to be plain (see `needs_plain`)."""
    cut = Cut(KIND, path, name, block_bytes)
    with opened(path, name, ratio) as stream:
        head = stream.read(WHOLE_FILE_BYTES + 1)
        opening, at = _opening(head)
        if len(head) <= WHOLE_FILE_BYTES:
            yield from _whole_blocks(cut, _whole(head, name), len(head))
        elif opening == b"[":
            yield from json_elements.array_blocks(cut, stream, at + 1, head[at + 1 :], alone=True)
        else:
            yield from json_object.blocks(cut, at)


def _whole_blocks(cut: Cut, records: list[Any], size: int) -> Iterator[Block]:
    share = size / max(len(records), 1)
    step = max(1, min(RECORDS_PER_BLOCK, int(cut.block_bytes / max(share, 1))))
    for first in range(0, len(records), step):
        part = records[first : first + step]
        yield Block(KIND, cut.path, cut.name, first, len(part), int(share * len(part)), data=part)


def needs_plain(path: Path, name: str, ratio: int = UNPACK_RATIO) -> bool:
    """Whether a compressed file has to be unpacked first: a large object, whose rows are found by looking twice."""
    with opened(path, name, ratio) as stream:
        head = stream.read(WHOLE_FILE_BYTES + 1)
    return len(head) > WHOLE_FILE_BYTES and _opening(head)[0] != b"["


def _opening(head: bytes) -> tuple[bytes, int]:
    """The byte a value begins with, and where it stands."""
    content = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return content[:1], len(head) - len(content)


def _whole(head: bytes, name: str) -> list[Any]:
    value = _loads(head.removeprefix(b"\xef\xbb\xbf"), name)
    return value if isinstance(value, list) else _rows_of(value, name)


def _loads(text: bytes, name: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        first = error
    try:
        return json.loads(text.decode(), parse_constant=lambda constant: constant)
    except UnicodeDecodeError as error:
        raise SourceError(
            f"not valid UTF-8 ({error.reason})", file=name, offset=error.start, hint="Convert the file to UTF-8 first."
        ) from None
    except RecursionError:
        raise SourceError("nested too deeply", file=name) from None
    except json.JSONDecodeError:
        offset = len(text.decode(errors="replace")[: first.pos].encode())
        if concatenated := _concatenated(text):
            return concatenated
        raise SourceError(
            f"not valid JSON: {first.msg} (line {first.lineno}, column {first.colno})", file=name, offset=offset
        ) from None


def _concatenated(text: bytes) -> list[Any]:
    """Objects one after another without commas, as some tools write them; empty when it is not that."""
    decoder, content, at, found = json.JSONDecoder(), text.decode(errors="replace"), 0, []
    while at < len(content):
        try:
            value, at = decoder.raw_decode(content, at)
        except (json.JSONDecodeError, RecursionError):
            return []
        if not isinstance(value, dict):
            return []
        found.append(value)
        while at < len(content) and content[at].isspace():
            at += 1
    return found if len(found) > 1 else []


def _rows_of(value: Any, name: str) -> list[Any]:
    """The records inside a top-level object, each with what else the file says; else the object is the record."""
    if not isinstance(value, dict):
        return [value]
    first = {
        key: rows[0]
        for key, rows in value.items()
        if isinstance(rows, list) and len(rows) > 0 and all(isinstance(row, dict) for row in rows)
    }
    keys = keys_of_rows(first, value)
    if not keys:
        return [value]
    records = [of_split(row, split) for key, split in keys.items() for row in value[key]]
    rest = {other: item for other, item in value.items() if other not in keys}
    if not rest:
        return records
    check_carried(len(orjson.dumps(rest)), len(records), keys, rest, name)
    return [{**record, FILE_KEY: rest} for record in records]


def read(block: Block) -> Iterator[Item]:
    """The records of a block; each is any JSON value, or Bad. Raises SourceError where the text is no JSON."""
    if isinstance(block.data, list):
        yield from enumerate(block.data, block.first)
        return
    yield from json_elements.read(block)
