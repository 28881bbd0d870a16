"""What a stored derived relation is, and what derives its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from lake.tables import Table

if TYPE_CHECKING:
    from pipelines.deriving.chunk import Chunk

Wanted = tuple[tuple[str, str], ...]
"""Kinds and versions; the position of a pair is the bit of a mask."""

MOST_WANTED = 60
"""Versions one producer derives at once: bits of a 64-bit mask."""


@dataclass(frozen=True)
class Stored:
    """A stored derived relation: a row per sample and kind of row, that holds while content and version do.

    - table: where rows are; it has `sample_id` and `dataset` and is partitioned by at most `kind` and `dataset`.
    - kind, version: the columns that say what a row is (axis, model, view) and which version of it.
    - value: the column that is NULL where there is nothing to say.
    - outcome: the column that says `failed` where a row must not be copied to equal content.
    - supersedes: whether a row of one version takes the place of those of others.
    - row_bytes: about the size of a row in memory.
    - parquet: options of its files, as `pyarrow.parquet.write_table` takes them.
    """

    table: Table
    kind: str
    version: str
    value: str
    outcome: str = ""
    supersedes: bool = True
    row_bytes: int = 50
    parquet: Mapping[str, Any] = field(default_factory=dict)

    @property
    def columns(self) -> dict[str, str]:
        """The relation as identifiers of the queries in `sql/derive/`."""
        return {"stored": self.table.name, "kind": self.kind, "version": self.version}


@dataclass(frozen=True)
class Derived:
    """Rows derived from some samples.

    - samples: how many samples were derived.
    - rows: position in `Producer.wanted`, and a table of `sample_id` and the columns beside kind and version.
    """

    samples: int
    rows: list[tuple[int, pa.Table]]


@dataclass(frozen=True)
class Producer:
    """What derives the rows of a stored derived relation.

    - verb: what it does, in words: `score`, `embed`.
    - stored: the relation.
    - wanted: (kind, version) of the rows to derive, at most MOST_WANTED.
    - derive: a chunk of samples to their rows, in any order and in parts of any size; it opens and writes nothing.
    - reads: columns of `samples` that it is given; axes_read: columns of `scored_axes` besides.
    - by_content: whether equal content has equal rows, which are then derived once in the whole lake.
    - chunk_rows: samples of a commit, which is what a kill can lose.
    """

    verb: str
    stored: Stored
    wanted: Wanted
    derive: Callable[[Chunk], Iterator[Derived]]
    reads: tuple[str, ...] = ("instruction", "response")
    axes_read: tuple[str, ...] = ()
    by_content: bool = True
    chunk_rows: int = 100_000

    def __post_init__(self) -> None:
        if not 0 < len(self.wanted) <= MOST_WANTED:
            raise ValueError(f"a producer derives 1 to {MOST_WANTED} kinds of rows at once, not {len(self.wanted)}")

    @property
    def kinds(self) -> list[str]:
        """What is wanted; the position is the bit of a mask."""
        return [kind for kind, _ in self.wanted]

    @property
    def parameters(self) -> dict[str, Any]:
        """What the queries in `sql/derive/` are given of a producer."""
        return {**self.stored.columns, "kinds": self.kinds, "versions": [version for _, version in self.wanted]}
