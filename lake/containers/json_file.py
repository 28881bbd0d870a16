"""JSON files that are one value: an array of records, or an object that holds such an array.

Small files are parsed whole, so that an error names its byte. Large arrays are cut into records by DuckDB's
streaming reader in bounded memory.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pyarrow as pa

from lake.containers.base import MAX_RECORD, RAW_BYTES, Bad, Block, Item, opened
from lake.containers.lines import parse
from lake.errors import SourceError
from lake.extensions import diskless

KIND = "json"
WHOLE_FILE_BYTES = 64 * 1024 * 1024
RECORDS_PER_BLOCK = 20_000
ROW_KEYS = ("examples", "data", "instances", "rows", "train", "questions", "items", "samples")
FILE_KEY = "_file"
"""Where a record carries what the file says about all of its records."""


def blocks(path: Path, name: str, block_bytes: int) -> Iterator[Block]:
    """The file's records in blocks; the file must be plain (see `base.unpacked`)."""
    if path.stat().st_size > WHOLE_FILE_BYTES and _first_byte(path, name) == b"[":
        yield from _streamed(path, name, block_bytes)
        return
    records = _whole(path, name)
    share = path.stat().st_size / max(len(records), 1)
    step = max(1, min(RECORDS_PER_BLOCK, int(block_bytes / max(share, 1))))
    for first in range(0, len(records), step):
        part = records[first : first + step]
        yield Block(KIND, path, name, first, len(part), int(share * len(part)), data=part)


def _first_byte(path: Path, name: str) -> bytes:
    with opened(path, name) as stream:
        return stream.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()[:1]


def _whole(path: Path, name: str) -> list[Any]:
    size = path.stat().st_size
    if size > 8 * WHOLE_FILE_BYTES:
        raise SourceError(
            f"a single JSON value of {size / 1e6:,.0f} MB that is not an array",
            file=name,
            hint="Convert it to JSON lines, one record a line.",
        )
    with opened(path, name) as stream:
        text = stream.read().removeprefix(b"\xef\xbb\xbf")
    value = _loads(text, name)
    return value if isinstance(value, list) else _rows_of(value)


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
        except json.JSONDecodeError:
            return []
        if not isinstance(value, dict):
            return []
        found.append(value)
        while at < len(content) and content[at].isspace():
            at += 1
    return found if len(found) > 1 else []


def _rows_of(value: Any) -> list[Any]:
    """The records inside a top-level object, each with what else the file says; else the object is the record."""
    if not isinstance(value, dict):
        return [value]
    for key in (*ROW_KEYS, *value):
        rows = value.get(key)
        if isinstance(rows, list) and len(rows) > 0 and all(isinstance(row, dict) for row in rows):
            if key == "instances" and "instruction" in value:
                return [value]
            if key in ("conversations", "messages", "conversation", "turns"):
                continue
            rest = {other: item for other, item in value.items() if other != key}
            return [{**row, FILE_KEY: rest} for row in rows] if rest else rows
    return [value]


def _streamed(path: Path, name: str, block_bytes: int) -> Iterator[Block]:
    connection = diskless()
    connection.execute("set threads = 1")
    connection.execute("set memory_limit = '1GB'")
    first = 0
    try:
        batches = connection.execute(
            "select json::varchar from read_json_objects(?, format = 'array', maximum_object_size = ?)",
            [str(path), MAX_RECORD],
        ).to_arrow_reader(2048)
        pending: list[pa.Array] = []
        size = 0
        for batch in batches:
            pending.append(batch.column(0))
            size += batch.nbytes
            if size >= block_bytes:
                block = _text_block(path, name, first, pending, size)
                yield block
                first, pending, size = first + block.count, [], 0
        if pending:
            yield _text_block(path, name, first, pending, size)
    except duckdb.Error as error:
        reason = str(error).splitlines()[0].split("record/value")[-1].strip()
        raise SourceError(f"not valid JSON at about record {reason}", file=name) from None
    finally:
        connection.close()


def _text_block(path: Path, name: str, first: int, parts: list[pa.Array], size: int) -> Block:
    texts = pa.concat_arrays(parts)
    return Block(KIND, path, name, first, len(texts), size, data=texts)


def read(block: Block) -> Iterator[Item]:
    """The records of a block; each is any JSON value, or Bad."""
    if isinstance(block.data, list):
        for number, value in enumerate(block.data, block.first):
            yield number, value
        return
    for number, text in enumerate(block.data.to_pylist(), block.first):
        raw = text.encode()
        record = Bad("over the size limit", raw[:RAW_BYTES]) if len(raw) > MAX_RECORD else parse(raw)
        yield number, record
