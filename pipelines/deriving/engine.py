"""Bringing a stored derived relation up to date: what is pending, what equal content offers, derive the rest, commit.

A run is a few rounds over all of its datasets at once. Each asks what is pending, in one query. What samples of equal
content have is copied; where there is nothing to copy, the rest is derived, chunk after chunk: one leader for all of
equal content, a commit a chunk, whatever datasets it touches. A follower that lies in a later chunk than its leader
copies from it in the next round. What is pending is looked at again inside every commit, so that no row is ever there
twice. The lake is the checkpoint: a killed run, new rows, a new kind and a new version are all the same query.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from lake.catalog import Connection, Lake
from lake.relations import keep, run
from lake.staging import discarded_on_failure
from pipelines.deriving.chunk import Chunk
from pipelines.deriving.files import (
    Counts,
    concatenated,
    copied,
    delete_superseded,
    spread,
    stage,
)
from pipelines.deriving.guard import StaleRead, commit_unless_moved, until_it_holds
from pipelines.deriving.stored import Producer
from pipelines.progress import Progress

GROUP_SAMPLES = 5_000_000
"""Samples whose pending rows are held at once."""

COPIED_BYTES = 200_000_000
"""Memory of the rows of a commit that only copies."""

_NAMED = 4


@dataclass
class Tally:
    """What a run did, by dataset and kind.

    - made: rows derived, those of equal content included; empty: those of them without a value; copied: rows taken
      from other samples.
    - samples: samples derived, equal content once.
    """

    made: Counts = field(default_factory=Counter)
    empty: Counts = field(default_factory=Counter)
    copied: Counts = field(default_factory=Counter)
    samples: int = 0


@dataclass(frozen=True)
class _Seen:
    """What was pending in a range of sample ids when it was read."""

    datasets: list[str]
    low: int
    high: int
    digest: object


@dataclass(frozen=True)
class Engine:
    """One producer at work on a lake.

    - reader: a second connection to the same database; its temporary tables hold what is pending.
    """

    lake: Lake
    reader: Connection
    producer: Producer
    progress: Progress

    def bring_up_to_date(self, datasets: Sequence[str]) -> Tally:
        """Give every sample of these datasets every wanted row.

        Raises ConflictError when other writers keep changing them.
        """
        tally = Tally()
        for group in self._groups(datasets):
            while pending := self._load_pending(group):
                if self.producer.by_content and self._copy(group, tally):
                    continue
                if self._derive(group, tally) >= pending:
                    break
        return tally

    def pending(self, datasets: Sequence[str]) -> dict[str, int]:
        """Datasets with samples that lack something, and how many do."""
        self._load_pending([dataset for dataset, _ in self._lacking(datasets)])
        return dict(self.reader.execute("select dataset, count(*) from pending group by dataset").fetchall())

    def plan(self, datasets: Sequence[str]) -> list[tuple[Any, ...]]:
        """What a run would do: (dataset, kind, version, samples, held, reused, to_run), by dataset and kind."""
        self._load_pending([dataset for dataset, _ in self._lacking(datasets)])
        self._load_donors(none=not self.producer.by_content)
        wanted = {name: self.producer.parameters[name] for name in ("kinds", "versions")}
        return run(
            self.reader,
            "derivation_plan",
            **wanted,
            datasets=list(datasets),
            by_content=self.producer.by_content,
        ).fetchall()

    def _lacking(self, datasets: Sequence[str]) -> list[tuple[str, int]]:
        """Datasets that lack rows, and how many samples each has."""
        return run(self.reader, "incomplete_datasets", **self.producer.parameters, datasets=list(datasets)).fetchall()

    def _groups(self, datasets: Sequence[str]) -> Iterator[list[str]]:
        """Datasets that lack rows, so many together as their pending samples fit in memory."""
        group: list[str] = []
        held = 0
        for dataset, samples in self._lacking(datasets):
            if group and held + samples > GROUP_SAMPLES:
                yield group
                group, held = [], 0
            group.append(dataset)
            held += samples
        if group:
            yield group

    def _load_pending(self, datasets: Sequence[str]) -> int:
        """Fill the temporary table `pending`; how many samples lack something."""
        keep(self.reader, "pending", "pending_rows", **self.producer.parameters, datasets=list(datasets))
        return self._count("pending")

    def _load_donors(self, *, none: bool = False) -> int:
        """Fill the temporary table `donors`; how many rows it has."""
        stored = self.producer.stored
        given = self.producer.parameters | {"outcome": stored.outcome or stored.kind}
        if none:
            given |= {"kinds": [], "versions": []}
        keep(self.reader, "donors", "donor_rows", **given)
        return self._count("donors")

    def _count(self, table: str) -> int:
        row = self.reader.execute(f"select count(*) from {table}").fetchone()
        return int(row[0]) if row else 0

    def _copy(self, datasets: Sequence[str], tally: Tally) -> bool:
        """Copy the rows that other samples of equal content have; whether there were any."""
        if not self._load_donors():
            return False
        stored = self.producer.stored
        given = self.producer.parameters | {"outcome": stored.outcome or stored.kind}
        most = COPIED_BYTES // (stored.row_bytes * len(self.producer.kinds))
        ranges = run(self.reader, "chunks", rows="donors", leader="sample_id", most=most).fetchall()
        self.progress.start(f"{self.producer.verb}: reuse equal content", sum(row[2] for row in ranges), "samples")
        done = 0
        for low, high, samples in ranges:
            seen = self._see("pending", datasets, low, high)
            rows = copied(run(self.reader, "copied_rows", **given, low=low, high=high).to_arrow_table())
            with suppress(StaleRead):  # what could not be copied is still pending
                copies, _ = self._commit(seen, rows, "reuse equal content for")
                tally.copied.update(copies)
                done += copies.total()
            self.progress.advance(samples)
        self.progress.finish()
        return done > 0

    def _derive(self, datasets: Sequence[str], tally: Tally) -> int:
        """Derive what is pending, chunk after chunk; how many pending samples that settled."""
        rows, leader = "pending", "sample_id"
        if self.producer.by_content:
            keep(self.reader, "led", "shared_leaders", rows="pending")
            rows, leader = "led", "leader"
        what = datasets[0] if len(datasets) == 1 else f"{len(datasets)} datasets"
        settled = 0
        ranges = run(self.reader, "chunks", rows=rows, leader=leader, most=self.producer.chunk_rows).fetchall()
        self.progress.start(f"{self.producer.verb} {what}", sum(row[2] for row in ranges), "samples")
        for low, high, samples in ranges:
            chunk = Chunk(self.reader, self.producer, low, high, samples, self.lake.settings.threads)
            settled += until_it_holds(
                lambda chunk=chunk: self._bring(chunk, rows, leader, datasets, tally),  # type: ignore[misc]
                of=f"samples {low} to {high}",
            )
        self.progress.finish()
        return settled

    def _bring(self, chunk: Chunk, rows: str, leader: str, datasets: Sequence[str], tally: Tally) -> int:
        """Derive and commit one chunk; how many pending samples that settled. Raises StaleRead when overtaken."""
        seen = self._see(rows, datasets, chunk.low, chunk.high)
        table = chunk.load(rows, leader)
        ids, leaders, masks = (table.column(name).to_numpy() for name in ("sample_id", "leader", "mask"))
        parts: dict[int, list[pa.Table]] = {}
        samples, shown = 0, 0
        for derived in self.producer.derive(chunk):
            samples += derived.samples
            for position, part in derived.rows:
                parts.setdefault(position, []).append(part)
            step = min(derived.samples, chunk.samples - shown)
            shown += step
            self.progress.advance(step)
        made = {}
        for position in range(len(self.producer.wanted)):
            needed = (masks & (1 << position)) != 0
            if needed.any():
                made[position] = spread(concatenated(parts.get(position, [])), leaders[needed], ids[needed])
        try:
            written, empty = self._commit(seen, made, self.producer.verb)
        except StaleRead:
            self._reload(rows, datasets, chunk)
            raise
        tally.made.update(written)
        tally.empty.update(empty)
        tally.samples += samples
        self.progress.advance(chunk.samples - shown)
        return len(ids)

    def _reload(self, rows: str, datasets: Sequence[str], chunk: Chunk) -> None:
        """Read again what is pending in the range of a chunk, after another writer changed it."""
        self.reader.execute(f"delete from {rows} where sample_id between $low and $high", chunk.place)
        now = "led_now" if rows == "led" else "pending_now"
        keep(
            self.reader,
            "pending_now",
            "pending_rows",
            **self.producer.parameters,
            datasets=list(datasets),
            **chunk.place,
        )
        if rows == "led":
            keep(self.reader, "led_now", "shared_leaders", rows="pending_now")
        self.reader.execute(f"insert into {rows} by name from {now}")

    def _see(self, rows: str, datasets: Sequence[str], low: int, high: int) -> _Seen:
        digest = run(self.reader, "pending_digest", rows=rows, low=low, high=high).fetchone()
        return _Seen(list(datasets), low, high, digest)

    def _commit(self, seen: _Seen, rows: dict[int, pa.Table], verb: str) -> tuple[Counts, Counts]:
        """Commit rows by position of their kind, if what is pending in the range is still what was seen.

        Returns how many rows there are by dataset and kind, and how many of them say nothing.
        """
        if not any(map(len, rows.values())):
            return Counter(), Counter()
        producer = self.producer
        place = {"datasets": seen.datasets, "low": seen.low, "high": seen.high}

        def look(connection: Connection) -> object:
            keep(connection, "pending_now", "pending_rows", **producer.parameters, **place)
            return run(connection, "pending_digest", rows="pending_now").fetchone()

        def write(connection: Connection) -> None:
            if producer.stored.supersedes:
                delete_superseded(connection, producer, rows)
            self.lake.add_files(connection, producer.stored.table, files)

        files: list[Path] = []
        with discarded_on_failure(files):
            written, empty = stage(self.lake, producer.stored, producer.wanted, rows, files)
            of = listed(sorted({dataset for dataset, _ in written}))
            commit_unless_moved(
                self.lake,
                seen=seen.digest,
                look=look,
                write=write,
                message=f"{verb} {of}: {', '.join(dict.fromkeys(kind for _, kind in written))}",
                extra={"low": seen.low, "high": seen.high, "rows": written.total()},
                staged=files,
            )
        return written, empty


def listed(names: Sequence[str]) -> str:
    """Names for a message: the first few and how many more."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
