"""Rewriting scores that lie as older versions laid them out: a file per axis and dataset becomes one per dataset.

Both layouts are read alike, so nothing waits for this. Every dataset is a commit: a killed run goes on with the next.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import duckdb

from lake.relations import run
from lake.rows import copy, delete, drop
from lake.tables import SCORES


@dataclass(frozen=True)
class OldLayout:
    """A dataset whose scores lie in files of an older layout: how many, and their bytes together.

    While it is rewritten about as much disk is needed again, until the old files are deleted.
    """

    dataset: str
    files: int
    bytes: int

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {"dataset": self.dataset, "files": self.files, "bytes": self.bytes}


def old_layouts(connection: duckdb.DuckDBPyConnection) -> tuple[OldLayout, ...]:
    """The datasets to rewrite, by name."""
    return tuple(OldLayout(*row) for row in run(connection, "old_score_files").fetchall())


def rewrite(connection: duckdb.DuckDBPyConnection, transact: Callable[..., None]) -> None:
    """Rewrite the scores of every dataset that needs it, a commit each."""
    for old in old_layouts(connection):

        def work(inside: duckdb.DuckDBPyConnection, dataset: str = old.dataset) -> None:
            held = f"select * from {SCORES.name} where dataset = ? order by axis, sample_id"
            inside.execute(f"create or replace temp table laid_out as {held}", [dataset])
            delete(inside, SCORES.name, dataset=dataset)
            copy(inside, SCORES.name, "laid_out")
            drop(inside, "laid_out")

        transact(work, message=f"lay out the scores of {old.dataset}")
