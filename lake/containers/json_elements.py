"""Large JSON texts as blocks of elements: those of an array, or values one after another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from lake.containers.base import MAX_RECORD, PIECE, RAW_BYTES, Bad, Block, Item, too_large
from lake.containers.elements import Splitter
from lake.containers.lines import parse
from lake.containers.packed import compression
from lake.containers.row_keys import of_split
from lake.errors import SourceError
from lake.formats.base import FILE_KEY

_RECORDS = 20_000


@dataclass(frozen=True)
class Cut:
    """A file, and how its elements become blocks: of which kind, of how many bytes, with what the file says of all.

    - split: the one that they are of, where the file says so.
    """

    kind: str
    path: Path
    name: str
    block_bytes: int
    about: dict[str, Any] = field(default_factory=dict)
    split: str | None = None


class _Gathered:
    """Elements on their way into a block: their text where it cannot be read again (compressed), else their places."""

    def __init__(self, cut: Cut, start: int, first: int = 0) -> None:
        self._cut = cut
        self._text = bytearray() if compression(cut.path) else None
        self._first = first
        self._start = self._element = start
        self._starts: list[int] = []
        self._lengths: list[int] = []
        self._length = 0

    def take(self, piece: bytes, start: int, end: int) -> None:
        """More of the open element: so much of a piece; of one over the limit only the beginning is kept."""
        self._length += end - start
        if self._text is None:
            return
        self._text += piece[start:end]
        if self._length > MAX_RECORD:
            del self._text[sum(self._lengths) + RAW_BYTES :]

    def end(self, following: int) -> Iterator[Block]:
        """The open element is complete; the next one begins at that place of the file."""
        if self._length > MAX_RECORD:
            giant = None if self._text is None else bytes(self._text[sum(self._lengths) :])
            yield from self.flush()
            yield self._block(1, self._length, {"offset": self._element}, giant)
            if self._text is not None:
                self._text.clear()
        else:
            self._starts.append(self._element)
            self._lengths.append(self._length)
        size = following - self._start
        self._element, self._length = following, 0
        if size >= self._cut.block_bytes or len(self._lengths) >= _RECORDS:
            yield from self.flush()

    def flush(self) -> Iterator[Block]:
        """What is gathered, as a block; the open element stays."""
        count = len(self._lengths)
        if count:
            starts, lengths = np.array(self._starts, np.int64), np.array(self._lengths, np.int64)
            where = {"offset": int(starts[0]), "starts": starts - starts[0], "lengths": lengths}
            size = int(starts[-1] - starts[0] + lengths[-1])
            text = None if self._text is None else bytes(self._text[: int(lengths.sum())])
            yield self._block(count, size, where, text)
        if self._text is not None:
            del self._text[: sum(self._lengths)]
        self._starts.clear()
        self._lengths.clear()
        self._start = self._element

    def _block(self, count: int, size: int, where: dict[str, Any], text: bytes | None) -> Block:
        cut = self._cut
        block = Block(
            cut.kind,
            cut.path,
            cut.name,
            self._first,
            count,
            size,
            {**where, "about": cut.about, "split": cut.split},
            text,
        )
        self._first += count
        return block


def array_blocks(
    cut: Cut, stream: BinaryIO, at: int, read: bytes = b"", *, alone: bool = False, first: int = 0
) -> Iterator[Block]:
    """The elements of an array whose bracket ends just before byte `at`; `read` are bytes from there on, read already.

    - alone: nothing may follow the array; first: the number of its first element among those of the file.

    Raises SourceError when the array never closes, or something follows it that may not.
    """
    splitter, gathered, several, blank = Splitter(1), _Gathered(cut, at, first), False, True
    for base, piece in _pieces(stream, at, read):
        found = splitter.feed(piece)
        close = int(found.closings[0]) if len(found.closings) else None
        cursor = 0
        for separator in found.separators.tolist():
            if close is not None and separator > close:
                break
            local = separator - (base - at)
            gathered.take(piece, cursor, local)
            yield from gathered.end(base + local + 1)
            cursor, several = local + 1, True
        rest = piece[cursor:] if close is None else piece[cursor : close - (base - at)]
        blank = blank and (several or not rest.strip())
        gathered.take(piece, cursor, cursor + len(rest))
        if close is not None:
            if piece[close - (base - at)] != ord("]"):
                raise SourceError("not valid JSON: '}' closes an array", file=cut.name, offset=at + close)
            if several or not blank:
                yield from gathered.end(at + close + 1)
            yield from gathered.flush()
            if alone and (piece[close - (base - at) + 1 :].strip() or goes_on(stream)):
                raise SourceError("not valid JSON: something follows the array", file=cut.name, offset=at + close + 1)
            return
    raise SourceError("not valid JSON: the array is cut short, it is never closed", file=cut.name)


def sequence_blocks(cut: Cut, stream: BinaryIO, at: int) -> Iterator[Block]:
    """Arrays and objects one after another from byte `at` on, with white space between.

    Raises SourceError at the byte where something else stands.
    """
    splitter, gathered, rest = Splitter(0), _Gathered(cut, at), b""
    for base, piece in _pieces(stream, at, b""):
        cursor = 0
        for closing in splitter.feed(piece).closings.tolist():
            local = closing + 1 - (base - at)
            gathered.take(piece, cursor, local)
            yield from gathered.end(base + local)
            cursor, rest = local, b""
        gathered.take(piece, cursor, len(piece))
        rest = (rest + piece[cursor:].strip())[:1]
    if rest:
        raise SourceError("not valid JSON: the last value is cut short", file=cut.name)
    yield from gathered.flush()


def goes_on(stream: BinaryIO) -> bool:
    """Whether anything but white space is left."""
    while piece := stream.read(PIECE):
        if piece.strip():
            return True
    return False


def _pieces(stream: BinaryIO, at: int, read: bytes) -> Iterator[tuple[int, bytes]]:
    for start in range(0, len(read), PIECE):
        yield at + start, read[start : start + PIECE]
    at += len(read)
    while piece := stream.read(PIECE):
        yield at, piece
        at += len(piece)


def read(block: Block) -> Iterator[Item]:
    """The records of a block, each any JSON value or Bad; raises SourceError where the text is no JSON."""
    where = block.where
    if "starts" not in where:
        yield block.first, too_large("record", block.data or _range(block, RAW_BYTES), where["offset"])
        return
    starts, lengths, about = where["starts"], where["lengths"], where["about"]
    text = memoryview(block.data if block.data is not None else _range(block, int(starts[-1] + lengths[-1])))
    places = np.cumsum(lengths) - lengths if block.data is not None else starts
    rows = zip(places.tolist(), lengths.tolist(), starts.tolist(), strict=True)
    for number, (place, length, start) in enumerate(rows, block.first):
        raw = bytes(text[place : place + length])
        offset = where["offset"] + start
        record = parse(raw, offset)
        if isinstance(record, Bad) and record.reason.startswith(("not valid JSON", "not valid UTF-8")):
            reason = record.reason if raw.strip() else "not valid JSON: a comma without a value"
            raise SourceError(f"{reason} (record {number + 1:,})", file=block.name, offset=record.offset)
        if type(record) is dict:
            record = of_split(record, where["split"])
            record = {**record, FILE_KEY: about} if about else record
        yield number, record


def _range(block: Block, length: int) -> bytes:
    with block.path.open("rb") as handle:
        handle.seek(block.where["offset"])
        return handle.read(length)
