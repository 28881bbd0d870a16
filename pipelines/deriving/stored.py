"""What a stored derived relation is, and what derives its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from lake.tables import Table
from pipelines.deriving.runtime import Runtime
from scorers.spec import CONTENT_COLUMNS

if TYPE_CHECKING:
    from lake.catalog import Lake
    from pipelines.deriving.chunk import Chunk
    from scorers.engines.estimates import Forecast

Wanted = tuple[tuple[str, str], ...]
"""Kinds and versions; the position of a pair is the bit of a mask."""

MOST_WANTED = 60
"""Versions one producer derives at once: bits of a 64-bit mask."""

FAILED = "failed"
"""The outcome of a row that is not copied to equal content, and that may be tried again."""


@dataclass(frozen=True)
class Stored:
    """A stored derived relation: a row per sample, or per content, and kind of row; it holds while the version does.

    Its table has `sample_id` and `dataset`, or `content_id` alone: then a row belongs to all samples of that content,
    whatever datasets they are in, and nothing is copied or carried when those change.

    - table: where rows are, partitioned by at most `kind` and `dataset`.
    - kind, version: the columns that say what a row is (axis, model, view) and which version of it.
    - value: the column that is NULL where there is nothing to say.
    - outcome: the column that says `failed` where a row must not be copied to equal content and may be tried again.
    - reason: the column that says why there is no value.
    - supersedes: whether a row of one version takes the place of those of others.
    - row_bytes: about the size of a row in memory.
    - parquet: options of its files, as `pyarrow.parquet.write_table` takes them.
    """

    table: Table
    kind: str
    version: str
    value: str
    outcome: str = ""
    reason: str = ""
    supersedes: bool = True
    row_bytes: int = 50
    parquet: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What a row belongs to: `sample_id` or `content_id`."""
        return "sample_id" if "sample_id" in self.table.column_names else "content_id"

    @property
    def of_contents(self) -> bool:
        """Whether a row belongs to a content and not to a sample."""
        return self.key == "content_id"

    @property
    def columns(self) -> dict[str, str]:
        """The relation as identifiers of the queries in `sql/derive/`."""
        return {
            "stored": self.table.name,
            "key": self.key,
            "kind": self.kind,
            "version": self.version,
            "outcome": self.outcome or self.kind,
        }


@dataclass(frozen=True)
class Input:
    """Rows of another stored relation that a producer reads, beside its samples; a sample without one waits.

    - kind, version: which rows.
    - columns: name in a batch -> column of the relation.
    """

    stored: Stored
    kind: str
    version: str
    columns: Mapping[str, str]

    @property
    def parameters(self) -> dict[str, Any]:
        """What the queries in `sql/derive/` are given of it."""
        return {**self.stored.columns, "of": self.kind, "at": self.version, "columns": list(self.columns.values())}


@dataclass(frozen=True)
class Derived:
    """Rows derived from some samples.

    - samples: how many samples were derived.
    - rows: position in `Producer.wanted`, and a table of `sample_id` and the columns beside kind and version. In a
      relation of contents too: the engine knows which content the sample stands for.
    """

    samples: int
    rows: list[tuple[int, pa.Table]]


@dataclass(frozen=True)
class Producer:
    """What derives the rows of a stored derived relation.

    - verb: what it does, in words: `score`, `embed`.
    - stored: the relation.
    - wanted: (kind, version) of the rows to derive, at most MOST_WANTED.
    - derive: a chunk of samples to their rows, in any order and in parts of any size; it opens and writes nothing. A
      sample that it can say nothing of gets a row too, with a status and a reason.
    - reads: columns of `samples` that it is given; axes_read: columns of `scored_axes` besides.
    - inputs: rows of other stored relations that it is given.
    - by_content: whether equal content has equal rows, which are then derived once in the whole lake.
    - identity: columns that together with the content decide the rows, of a relation of samples: samples that are equal
      in both have equal rows.
    - chunk_rows: samples of a commit, which is what a kill can lose.
    - runtime: what it needs running, such as a model; `chunk.runtime` is what was opened.
    - forecast: what deriving so many samples of a dataset will take, where that can be said.
    - retry_failed: whether rows that say `failed` are given up and derived again, in every run.
    """

    verb: str
    stored: Stored
    wanted: Wanted
    derive: Callable[[Chunk], Iterator[Derived]]
    reads: tuple[str, ...] = ("instruction", "response")
    axes_read: tuple[str, ...] = ()
    inputs: tuple[Input, ...] = ()
    by_content: bool = True
    identity: tuple[str, ...] = ()
    chunk_rows: int = 100_000
    runtime: Runtime | None = None
    forecast: Callable[[Lake, str, int], Forecast | None] | None = None
    retry_failed: bool = False

    def __post_init__(self) -> None:
        if not 0 < len(self.wanted) <= MOST_WANTED:
            raise ValueError(f"a producer derives 1 to {MOST_WANTED} kinds of rows at once, not {len(self.wanted)}")
        if self.stored.of_contents and not (self.by_content and CONTENT_COLUMNS.issuperset(self.reads)):
            raise ValueError(
                f"{self.stored.table.name} is kept by content, which does not decide what its producer reads: "
                f"{', '.join(sorted({*self.reads} - CONTENT_COLUMNS)) or 'it says so'}"
            )
        if self.identity and (self.by_content or self.stored.of_contents):
            raise ValueError(f"{self.stored.table.name}: an identity is of rows kept by sample")
        if self.identity and not all(each.stored.of_contents for each in self.inputs):
            raise ValueError(f"{self.stored.table.name}: what is shared by an identity reads inputs kept by content")
        if self.stored.of_contents and (self.axes_read or self.inputs):
            raise ValueError(f"{self.stored.table.name} is kept by content, so its producer reads samples only")

    @property
    def kinds(self) -> list[str]:
        """What is wanted; the position is the bit of a mask."""
        return [kind for kind, _ in self.wanted]

    @property
    def shares(self) -> bool:
        """Whether rows of one sample are copied to others of equal content, or identity."""
        return (self.by_content or bool(self.identity)) and not self.stored.of_contents

    @property
    def parameters(self) -> dict[str, Any]:
        """What the queries in `sql/derive/` are given of a producer; each takes what it declares."""
        return {
            **self.stored.columns,
            "kinds": self.kinds,
            "versions": [version for _, version in self.wanted],
            "retried": self.retry_failed and bool(self.stored.outcome),
        }
