"""CSV and TSV, with or without a header row."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from lake.containers import headers
from lake.containers.base import MAX_RECORD, RAW_BYTES, Bad, Block, Item
from lake.containers.packed import UNPACK_RATIO, bare_suffix, opened
from lake.errors import SourceError

KIND = "delimited"
RECORDS_PER_BLOCK = 20_000
_CELL_BYTES = 56
"""What a text takes in memory besides its characters."""
_PROBE_BYTES = 1 << 20
_ROWS_LOOKED_AT = 1000


def headerless_names(width: int) -> list[str]:
    """Names of the columns of a file without a header: column_1, column_2, …."""
    return [f"column_{number}" for number in range(1, width + 1)]


def dialect(path: Path, name: str, wanted: Collection[str] = ()) -> dict[str, Any]:
    """Delimiter, quoting and header of a file, from its first megabyte; see `lake.containers.headers`.

    Raises SourceError where no table can be seen in it.
    """
    with opened(path, name) as stream:
        probe = stream.read(_PROBE_BYTES)
    if probe.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SourceError("UTF-16 text", file=name, offset=0, hint="Convert the file to UTF-8 first.")
    text = probe.removeprefix(b"\xef\xbb\xbf").decode(errors="surrogateescape")
    if len(probe) == _PROBE_BYTES:
        text = text[: text.rfind("\n") + 1] or text
    delimiter = "\t" if bare_suffix(path) == ".tsv" else _delimiter(text)
    quoted = delimiter != "\t" or _needs_quotes(text, delimiter)
    rows = csv.reader(io.StringIO(text, newline=""), **_options(delimiter, quoted, strict=False))
    first, *following = list(islice(filter(None, rows), _ROWS_LOOKED_AT)) or [[]]
    header = headers.is_header(first, following, wanted)
    return {"delimiter": delimiter, "quoted": quoted, "header": header, "width": len(first)}


def _delimiter(text: str) -> str:
    head = text[: text.find("\n")] if "\n" in text else text
    return max(",;\t|", key=head.count) if any(mark in head for mark in ",;\t|") else ","


def _needs_quotes(text: str, delimiter: str) -> bool:
    """Tabs rarely come with quoting; it is used only where the plain reading gives ragged rows."""
    lines = [line for line in text.splitlines() if line]
    ragged = len({line.count(delimiter) for line in lines}) > 1
    if not ragged or not any(cell.startswith('"') for line in lines for cell in line.split(delimiter)):
        return False
    rows = csv.reader(io.StringIO(text, newline=""), **_options(delimiter, quoted=True, strict=False))
    return len({len(row) for row in rows if row}) == 1


def _options(delimiter: str, quoted: bool, *, strict: bool) -> dict[str, Any]:
    quoting = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    return {"delimiter": delimiter, "quoting": quoting, "strict": strict and quoted}


def blocks(
    path: Path, name: str, block_bytes: int, ratio: int = UNPACK_RATIO, wanted: Collection[str] = ()
) -> Iterator[Block]:
    """The file's rows in blocks, as (line, cells) pairs; a first row that holds all wanted names is a header."""
    csv.field_size_limit(MAX_RECORD)
    found = dialect(path, name, wanted)
    with opened(path, name, ratio) as stream:
        text = _Lines(io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline=""), name)
        rows = csv.reader(text, **_options(found["delimiter"], found["quoted"], strict=True))
        names = headerless_names(found["width"])
        if found["header"]:
            names = headers.names_of(next(filter(None, rows)))
        where = {"names": names, "headerless": not found["header"]}
        share = path.stat().st_size / 1000
        first, pending, size, weight = 0, [], 0, 0
        for line, row in _numbered(rows, text, name):
            pending.append((line, row))
            size += sum(map(len, row)) + len(row)
            weight += _CELL_BYTES * (len(row) + 2)
            if len(pending) >= RECORDS_PER_BLOCK or size + weight >= block_bytes:
                yield Block(KIND, path, name, first, len(pending), size, where, pending)
                first, pending, size, weight = first + len(pending), [], 0, 0
        if pending:
            size = size if first else int(share * 1000)
            yield Block(KIND, path, name, first, len(pending), size, where, pending)


class _Lines:
    """The lines of a text; what one row takes of it is bounded, and so is what is read at once."""

    def __init__(self, text: io.TextIOWrapper, name: str) -> None:
        self._text = text
        self._name = name
        self.row_began = 0
        self._line = 0
        self._taken = 0

    def __iter__(self) -> Iterator[str]:
        while line := self._text.readline(MAX_RECORD):
            self._line += 1
            self._taken += len(line)
            if self._taken > MAX_RECORD - 1:
                raise SourceError(
                    f"the row that begins at line {self.row_began:,} is over the limit of {MAX_RECORD:,} characters",
                    file=self._name,
                    hint="A quotation mark may be left open; otherwise split the file.",
                )
            yield line

    def begin_row(self) -> None:
        """The next line begins a row."""
        self.row_began = self._line + 1
        self._taken = 0


def _numbered(rows: Any, text: _Lines, name: str) -> Iterable[tuple[int, list[str]]]:
    while True:
        line = rows.line_num + 1
        text.begin_row()
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            raise SourceError(f"not valid CSV in the row that begins at line {line:,}: {error}", file=name) from None
        if row:
            yield line, row


def read(block: Block) -> Iterator[Item]:
    """The rows of a block as dicts; a row of another width, or not valid UTF-8, is Bad."""
    names = block.where["names"]
    for number, (line, row) in enumerate(block.data, block.first):
        if len(row) != len(names):
            reason = f"expected {len(names)} columns, found {len(row)} (line {line:,})"
        elif not _is_text(row):
            reason = f"not valid UTF-8 (line {line:,})"
        else:
            yield number, dict(zip(names, row, strict=True))
            continue
        yield number, Bad(reason, "\t".join(row).encode(errors="surrogateescape")[:RAW_BYTES])


def _is_text(row: list[str]) -> bool:
    """Whether no byte of a row stands for itself, having no place in UTF-8."""
    joined = "".join(row)
    try:
        return joined.isascii() or bool(joined.encode())
    except UnicodeEncodeError:
        return False
