"""Which container a file is, by its content as much as by its name; its blocks; their records."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from lake.containers import columnar, delimited, json_file, lines
from lake.containers.base import Bad, Block, Item
from lake.containers.packed import UNPACK_RATIO, bare_suffix, compression, opened, unpacked
from lake.errors import SourceError

_SNIFF_BYTES = 1 << 20
_CONTAINERS: dict[str, Any] = {
    lines.KIND: lines,
    json_file.KIND: json_file,
    delimited.KIND: delimited,
    columnar.KIND: columnar,
}


def kind_of(path: Path, name: str) -> str:
    """The kind of container of a file.

    Raises SourceError for an empty file, UTF-16 text or a suffix no container reads.
    """
    try:
        if path.stat().st_size == 0:
            raise SourceError("the file is empty", file=name)
    except PermissionError:
        raise SourceError("no permission", file=name) from None
    suffix = bare_suffix(path)
    if suffix in (".parquet", ".arrow", ".feather"):
        return columnar.KIND
    if suffix in (".csv", ".tsv"):
        return delimited.KIND
    if suffix in (".json", ".jsonl", ".ndjson"):
        return _json_kind(path, name, suffix)
    raise SourceError(
        f"no container reads {suffix or 'files without a suffix'}",
        file=name,
        hint="Known: .json .jsonl .ndjson .csv .tsv .parquet .arrow .feather, each also with .gz, .zst, .xz or .bz2.",
    )


def _json_kind(path: Path, name: str, suffix: str) -> str:
    with opened(path, name) as stream:
        head = stream.read(_SNIFF_BYTES)
        more = len(head) == _SNIFF_BYTES
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SourceError("UTF-16 text", file=name, offset=0, hint="Convert the file to UTF-8 first.")
    content = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not content:
        raise SourceError("the file is empty", file=name)
    if content.startswith(b"["):
        first, rest = _first_line(content)
        several = rest.lstrip()[:1] == b"[" and not isinstance(lines.parse(first), Bad)
        return lines.KIND if several else json_file.KIND
    if content.startswith(b"{"):
        first, rest = _first_line(content)
        complete = not isinstance(lines.parse(first), Bad)
        if complete and (rest.strip() or more):
            return lines.KIND
        if complete and suffix == ".json":
            return json_file.KIND
        if first.strip() == b"{" or (suffix == ".json" and not complete and not rest.lstrip().startswith(b"{")):
            return json_file.KIND
    return lines.KIND


def _first_line(content: bytes) -> tuple[bytes, bytes]:
    first, _, rest = content.partition(b"\n")
    return first, rest


def blocks(
    path: Path,
    name: str,
    *,
    block_bytes: int,
    scratch: Path,
    ratio: int = UNPACK_RATIO,
    wanted: Collection[str] = (),
) -> Iterator[Block]:
    """The file's records in blocks of about `block_bytes` of source, in order.

    - scratch: where a compressed file that cannot be read as a stream is unpacked.
    - ratio: how many times its size a compressed file may grow.
    - wanted: names of columns; a first row of a table that holds them all is its header.
    """
    kind = kind_of(path, name)
    container = _CONTAINERS[kind]
    if kind == delimited.KIND:
        yield from delimited.blocks(path, name, block_bytes, ratio, wanted)
        return
    if compression(path) and (kind == columnar.KIND or (kind == json_file.KIND and json_file.needs_plain(path, name))):
        copy = unpacked(path, name, scratch, ratio)
        try:
            yield from container.blocks(copy, name, block_bytes, ratio)
        finally:
            copy.unlink(missing_ok=True)
        return
    yield from container.blocks(path, name, block_bytes, ratio)


def read(block: Block) -> Iterator[Item]:
    """The records of a block, each with its number in the file."""
    return _CONTAINERS[block.kind].read(block)  # type: ignore[no-any-return]


def place(block: Block, number: int, record: Any) -> str:
    """Where a record stands, for people: `line 12, byte 3,456`."""
    noun = {"lines": "line", "delimited": "row", "json": "record", "columnar": "row"}[block.kind]
    text = f"{noun} {number + 1:,}"
    if isinstance(record, Bad) and record.offset is not None:
        text += f", byte {record.offset:,}"
    return text
