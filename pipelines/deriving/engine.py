"""Bringing a stored derived relation up to date: what is pending, what equal content offers, derive the rest, commit.

A run is a few rounds over all of its datasets at once. Each asks what is pending, in one query. What samples of equal
content have is copied; where there is nothing to copy, the rest is derived, chunk after chunk: one leader for all of
equal content, a commit a chunk, whatever datasets it touches. A follower that lies in a later chunk than its leader
copies from it in the next round. A relation of contents knows no copies: what is pending is contents, each read from
its first sample, and one round settles them. What is pending is looked at again inside every commit, so that no row is
ever there twice. The lake is the checkpoint: a killed run, new rows, a new kind and a new version are the same query.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from lake.catalog import Connection, Lake
from lake.errors import OdaError
from lake.relations import keep, run, taken
from lake.rows import copy, count
from lake.staging import discarded_on_failure
from lake.transactions import reading
from pipelines.deriving.chunk import Chunk
from pipelines.deriving.commits import Check, PendingCheck, StandingCheck, forget_failed, without
from pipelines.deriving.counts import counted, stored_counts
from pipelines.deriving.files import Counts, Written, concatenated, copied, keyed_by_content, spread, stage
from pipelines.deriving.guard import StaleRead, commit_unless_moved, until_it_holds
from pipelines.deriving.inputs import identified, ready
from pipelines.deriving.runtime import Running
from pipelines.deriving.share import Budget, Share
from pipelines.deriving.stored import Producer
from pipelines.progress import Progress
from scorers.engines.interface import Calls

GROUP_SAMPLES = 5_000_000
"""Samples whose pending rows are held at once."""

COPIED_BYTES = 200_000_000
"""Memory of the rows of a commit that only copies."""

_NAMED = 4


@dataclass
class Tally:
    """What a run did, by dataset and kind.

    - made: rows derived, those of equal content included where each sample has its own; copied: rows taken from other
      samples of equal content, or shared with them.
    - samples: samples derived, equal content once.
    """

    made: Written = field(default_factory=Written)
    copied: Counts = field(default_factory=Counter)
    samples: int = 0


@dataclass(frozen=True)
class DerivationEngine:
    """One producer at work on a lake.

    - reader: a second connection to the same database; its temporary tables hold what is pending.
    - running: what producers keep open; who gives it closes it.
    - share: which of the pending samples are taken; budget: what models may cost.
    """

    lake: Lake
    reader: Connection
    producer: Producer
    progress: Progress
    running: Running = field(default_factory=Running)
    share: Share = field(default_factory=Share)
    budget: Budget | None = None

    def bring_up_to_date(self, datasets: Sequence[str], tally: Tally | None = None) -> Tally:
        """Give every sample of these datasets every wanted row, or those of the share.

        - tally: where what is done is counted, for who wants to know of it after an error too.

        Raises ConflictError when other writers keep changing them.
        """
        tally = tally or Tally()
        left = self.share.limit
        if self.producer.retry_failed:
            forget_failed(self.lake, self.producer, datasets)
        for group in self._groups(datasets):
            while pending := self._load_pending(group, left):
                if self.producer.shares and self._copy(group, tally):
                    continue
                settled = self._derive(group, tally)
                left = None if left is None else left - settled
                if settled >= pending:
                    break
        return tally

    def pending(self, datasets: Sequence[str]) -> dict[str, int]:
        """Datasets with samples that lack something, and how many do."""
        self._load_pending([dataset for dataset, _ in self._lacking(datasets)])
        return dict(self.reader.execute("select dataset, count(*) from pending group by dataset").fetchall())

    def plan(self, datasets: Sequence[str]) -> list[tuple[Any, ...]]:
        """What a run would do: (dataset, kind, version, samples, held, reused, to_run, waiting)."""
        lacking = [dataset for dataset, _ in self._lacking(datasets)]
        self._load_pending(lacking)
        everything = self._planned(datasets)
        if self.share == Share():
            return everything
        self._load_pending(lacking, self.share.limit)
        taken = {row[:3]: row for row in self._planned(datasets)}
        return [(*row[:5], taken[row[:3]][5], taken[row[:3]][6], row[7]) for row in everything]

    def _planned(self, datasets: Sequence[str]) -> list[tuple[Any, ...]]:
        """The plan of what is in the temporary table `pending`."""
        if self.producer.stored.of_contents:
            return [(*row, 0) for row in self._run("content_plan", datasets=list(datasets)).fetchall()]
        self._load_donors(none=not self.producer.shares)
        planned = self._run("derivation_plan", datasets=list(datasets), by_content=self.producer.shares).fetchall()
        waiting = self._waiting(datasets)
        found = []
        for dataset, kind, version, samples, held, reused, to_run in planned:
            waits = min(held, waiting.get(dataset, 0))  # whoever waits lacks nothing that can be made now
            found.append((dataset, kind, version, samples, held - waits, reused, to_run, waits))
        return found

    def _waiting(self, datasets: Sequence[str]) -> dict[str, int]:
        """Samples that wait for an input, by dataset."""
        if not self.producer.inputs:
            return {}
        return dict(run(self.reader, "waiting_samples", rows=ready(self.reader, self.producer, datasets)).fetchall())

    def _run(self, name: str, **more: Any) -> Connection:
        """A relation, given of the producer and of `more` what it has parameters for."""
        return run(self.reader, name, **taken(name, self.producer.parameters | more))

    def _keep(self, into: str, name: str, **more: Any) -> int:
        """Fill a temporary table from a relation; how many rows it has."""
        return keep(self.reader, into, name, **taken(name, self.producer.parameters | more))

    def _lacking(self, datasets: Sequence[str]) -> list[tuple[str, int]]:
        """Datasets that lack rows, and how many samples each has, or how many lack them."""
        if self.producer.stored.of_contents:
            return self._run("incomplete_contents", datasets=list(datasets)).fetchall()
        counts = stored_counts(self.lake, self.reader, self.producer.stored, datasets)
        samples = ready(self.reader, self.producer, datasets)
        with reading(self.reader):
            self.reader.register("counted", counted(counts))
            found = self._run("incomplete_datasets", datasets=list(datasets), samples=samples).fetchall()
            self.reader.unregister("counted")
        return found

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

    def _load_pending(self, datasets: Sequence[str], limit: int | None = None) -> int:
        """Fill the temporary table `pending`; how many samples or contents of the share lack something."""
        name = "pending_contents" if self.producer.stored.of_contents else "pending_rows"
        samples = ready(self.reader, self.producer, datasets)
        found = self._keep("pending", name, datasets=list(datasets), samples=samples)
        if self.share.sample is not None:
            given = {"datasets": list(datasets), "most": self.share.sample, "seed": self.share.seed}
            keep(self.reader, "drawn", "drawn_samples", **given)
            self._leave_drawn("pending")
        if limit is not None:
            first = "select sample_id from pending order by sample_id limit $n"
            self.reader.execute(f"delete from pending where sample_id not in ({first})", {"n": max(0, limit)})
        if self.share == Share():
            return found
        return count(self.reader, "pending")

    def _leave_drawn(self, rows: str) -> None:
        """Take what is not drawn out of a temporary table, where a sample of each dataset was asked for."""
        if self.share.sample is not None:
            key = self.producer.stored.key
            self.reader.execute(f"delete from {rows} where {key} not in (select {key} from drawn)")

    def _load_donors(self, *, none: bool = False) -> int:
        """Fill the temporary table `donors`; how many rows it has."""
        samples = identified(self.reader, self.producer)
        return self._keep("donors", "donor_rows", samples=samples, **({"kinds": [], "versions": []} if none else {}))

    def _copy(self, datasets: Sequence[str], tally: Tally) -> bool:
        """Copy the rows that other samples of equal content have; whether there were any."""
        if not self._load_donors():
            return False
        most = COPIED_BYTES // (self.producer.stored.row_bytes * len(self.producer.kinds))
        ranges = run(self.reader, "chunks", rows="donors", leader="sample_id", most=most).fetchall()
        self.progress.start(f"{self.producer.verb}: reuse equal content", sum(row[2] for row in ranges), "samples")
        done = 0
        for low, high, samples in ranges:
            seen = self._see("pending", low, high)
            rows = copied(self._run("copied_rows", low=low, high=high).to_arrow_table())
            with suppress(StaleRead):  # what could not be copied is still pending
                check = PendingCheck(self.producer, rows, datasets, low, high, seen)
                copies = self._commit(rows, check, "reuse equal content for").rows
                tally.copied.update(copies)
                done += copies.total()
            self.progress.advance(samples)
        self.progress.finish()
        return done > 0

    def _derive(self, datasets: Sequence[str], tally: Tally) -> int:
        """Derive what is pending, chunk after chunk; how many pending samples that settled."""
        rows, leader = "pending", "sample_id"
        if self.producer.shares:
            keep(self.reader, "led", "shared_leaders", rows="pending")
            rows, leader = "led", "leader"
        sharing = self._sharing(datasets)
        what = datasets[0] if len(datasets) == 1 else f"{len(datasets)} datasets"
        settled = 0
        ranges = run(self.reader, "chunks", rows=rows, leader=leader, most=self.producer.chunk_rows).fetchall()
        self.progress.start(f"{self.producer.verb} {what}", sum(row[2] for row in ranges), "samples")
        for low, high, samples in ranges:
            runtime = self.running.of(self.producer.runtime)
            threads = self.lake.settings.threads
            chunk = Chunk(self.reader, self.producer, low, high, samples, threads, runtime, self.budget)
            settled += until_it_holds(
                lambda chunk=chunk: self._bring(chunk, rows, leader, datasets, tally),  # type: ignore[misc]
                of=f"samples {low} to {high}",
            )
        self.progress.finish()
        tally.copied.update(sharing)
        return settled

    def _sharing(self, datasets: Sequence[str]) -> Counts:
        """Samples that get a pending row through another of equal content, where rows are of contents."""
        if not self.producer.stored.of_contents:
            return Counter()
        planned = self._run("content_plan", datasets=list(datasets)).fetchall()
        return Counter({(dataset, kind): reused for dataset, kind, _, _, _, reused, _ in planned if reused})

    def _bring(self, chunk: Chunk, rows: str, leader: str, datasets: Sequence[str], tally: Tally) -> int:
        """Derive and commit one chunk; how many pending samples that settled. Raises StaleRead when overtaken."""
        seen = self._see(rows, chunk.low, chunk.high)
        table = chunk.load(rows, leader)
        if self.producer.stored.of_contents and self._drop_standing():
            table = chunk.load(rows, leader)
        if not len(table):
            return 0
        made, samples, stopped = self._made(chunk, table)
        try:
            if self.producer.stored.of_contents:
                written = self._commit_contents(keyed_by_content(made, table))
            else:
                check = PendingCheck(self.producer, made, datasets, chunk.low, chunk.high, seen)
                written = self._commit(made, check, self.producer.verb)
        except StaleRead:
            self._reload(rows, datasets, chunk)
            raise
        tally.made.add(written)
        tally.samples += samples
        if stopped is not None:
            raise stopped
        return len(table)

    def _drop_standing(self) -> bool:
        """Take out of `pending` what others have made of the chunk since it was loaded; whether there was anything.

        That may be hours ago: two machines at work on one relation do not do the same twice.
        """
        if not self._keep("standing", "standing_rows", rows="chunk"):
            return False
        keep(self.reader, "made_meanwhile", "made_meanwhile")
        self.reader.execute(
            "update pending set mask = pending.mask & ~made_meanwhile.mask from made_meanwhile "
            "where pending.content_id = made_meanwhile.key"
        )
        self.reader.execute("delete from pending where mask = 0")
        return True

    def _made(self, chunk: Chunk, table: pa.Table) -> tuple[dict[int, pa.Table], int, OdaError | None]:
        """What the producer makes of a chunk: rows of all its samples by position of their kind, and samples derived.

        Where it raises OdaError after it has made some, those and the error: they are committed before it goes on.
        Raises ValueError where a sample got no row.
        """
        stopped: OdaError | None = None
        ids, leaders, masks = (table.column(name).to_numpy() for name in ("sample_id", "leader", "mask"))
        parts: dict[int, list[pa.Table]] = {}
        samples, shown = 0, 0
        try:
            for derived in self.producer.derive(chunk):
                samples += derived.samples
                for position, part in derived.rows:
                    parts.setdefault(position, []).append(part)
                step = min(derived.samples, chunk.samples - shown)
                shown += step
                self.progress.advance(step)
                if calls := getattr(chunk.runtime, "calls", None):
                    self.progress.tell(spent(calls))
        except OdaError as error:
            if not samples:
                raise
            stopped = error
        made = {}
        for position in range(len(self.producer.wanted)):
            needed = (masks & (1 << position)) != 0
            if stopped is not None:
                done = [part.column("sample_id").to_numpy() for part in parts.get(position, [])]
                needed &= np.isin(leaders, np.concatenate(done or [leaders[:0]]))
            if needed.any():
                made[position] = spread(concatenated(parts.get(position, [])), leaders[needed], ids[needed])
        self.progress.advance(chunk.samples - shown)
        return made, samples, stopped

    def _reload(self, rows: str, datasets: Sequence[str], chunk: Chunk) -> None:
        """Read again what is pending in the range of a chunk, after another writer changed it."""
        self.reader.execute(f"delete from {rows} where sample_id between $low and $high", chunk.place)
        now = "led_now" if rows == "led" else "pending_now"
        samples = ready(self.reader, self.producer, datasets, **chunk.place)
        self._keep("pending_now", "pending_rows", datasets=list(datasets), samples=samples, **chunk.place)
        self._leave_drawn("pending_now")
        if rows == "led":
            keep(self.reader, "led_now", "shared_leaders", rows="pending_now")
        copy(self.reader, rows, now)

    def _see(self, rows: str, low: int, high: int) -> object:
        return run(self.reader, "pending_digest", rows=rows, low=low, high=high).fetchone()

    def _commit_contents(self, rows: dict[int, pa.Table]) -> Written:
        """Commit rows of contents but for those that another writer makes meanwhile: what was derived is not lost."""

        def attempt() -> Written:
            nonlocal rows
            check = StandingCheck(self.producer, rows)
            try:
                return self._commit(rows, check, self.producer.verb)
            except StaleRead:
                rows = without(rows, check.look(self.reader))
                raise

        return until_it_holds(attempt, of=f"{self.producer.stored.table.name} of the same contents")

    def _commit(self, rows: dict[int, pa.Table], check: Check, verb: str) -> Written:
        """Commit rows by position of their kind, if the check holds; raises StaleRead otherwise."""
        if not any(map(len, rows.values())):
            return Written()
        stored = self.producer.stored

        def write(connection: Connection) -> None:
            check.clear(connection)
            self.lake.add_files(connection, stored.table, files)

        files: list[Path] = []
        with discarded_on_failure(files):
            written = stage(self.lake, stored, self.producer.wanted, rows, files)
            of = listed(sorted({dataset for dataset, _ in written.rows}))
            commit_unless_moved(
                self.lake,
                seen=check.seen,
                look=check.look,
                write=write,
                message=f"{verb} {of}: {', '.join(dict.fromkeys(kind for _, kind in written.rows))}",
                extra={"rows": written.rows.total()},
                staged=files,
            )
        return written


def spent(calls: Calls) -> str:
    """`1,204 tokens/s, 0.31 USD`: what a model does, and what was paid for it."""
    speed, price = calls.tokens_per_second, calls.price
    return f"{speed or 0:,.0f} tokens/s" + (f", {price:,.4g} paid" if price else "")


def listed(names: Sequence[str]) -> str:
    """Names for a message: the first few and how many more."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
