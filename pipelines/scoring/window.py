"""One window of a dataset: what is pending, what equal content offers, compute the rest, commit.

A window is a range of sample ids. What is pending is read again inside every commit; when another writer changed
it meanwhile, the commit is dropped and the window starts over, so no sample ever has an axis twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from lake.catalog import Connection, Lake
from lake.errors import ConflictError
from lake.relations import bind, quote, relation
from lake.tables import SCORES
from pipelines.scoring.commit import Moved, delete_superseded, stage, wanted_parameters
from pipelines.scoring.compute import Longs, Outcome, compute
from pipelines.scoring.selection import Pass
from pipelines.scoring.storage import discarded_on_failure
from scorers.batch import Column

BATCH_BYTES = 4_000_000
"""Text of one task of one core: large enough to amortise calls, small enough to balance and to bound memory."""

_BATCH_ROWS = (16, 8192)
_FETCH_ROWS = 2048
_TRIES = 50
# Hashed twice: a hash of several columns is linear in them, so rows that swap contents would cancel.
_DIGEST = "count(*), bit_xor(hash(hash(sample_id, content_id, mask)))"


@dataclass
class Tally:
    """What was done so far, per axis."""

    scored: Counter[str] = field(default_factory=Counter)
    reused: Counter[str] = field(default_factory=Counter)
    computed: int = 0


@dataclass(frozen=True)
class Window:
    """A range of sample ids of a dataset, to be scored in one pass and committed together."""

    dataset: str
    low: int
    high: int
    samples: int

    @property
    def place(self) -> dict[str, Any]:
        """The window as query parameters."""
        return {"dataset": self.dataset, "low": self.low, "high": self.high}


def windows(lake: Lake, dataset: str, rows: int) -> list[Window]:
    """The dataset in ranges of `rows` sample ids, in order."""
    query = relation("score_windows")
    found = lake.rows(query.sql, bind(query.parameters, {"dataset": dataset, "rows": rows}, of=query.name))
    return [Window(dataset, *row) for row in found]


def batch_rows(lake: Lake, dataset: str, wanted: Pass) -> tuple[int, float]:
    """How many samples make a task of about 4 MB of text, and the mean bytes of a sample, from its first rows."""
    sizes = " + ".join(f"coalesce(strlen({quote(column)}::varchar), 0)" for column in wanted.reads) or "0"
    row = lake.rows(f"select avg({sizes}) from (from samples where dataset = ? limit 10_000)", [dataset])[0]
    mean = float(row[0] or 0)
    low, high = _BATCH_ROWS
    return int(min(high, max(low, BATCH_BYTES / max(mean, 1)))), mean


def batches_of(fetched: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of about BATCH_BYTES and at most `rows`; a batch has at least one row."""
    gathered: list[pa.RecordBatch] = []
    count = size = 0
    for batch in fetched:
        for part in _halved(batch, rows):
            if gathered and (count + part.num_rows > rows or size + part.nbytes > BATCH_BYTES):
                yield pa.concat_batches(gathered)
                gathered, count, size = [], 0, 0
            gathered.append(part)
            count, size = count + part.num_rows, size + part.nbytes
    if gathered:
        yield pa.concat_batches(gathered)


def _halved(batch: pa.RecordBatch, rows: int) -> Iterator[pa.RecordBatch]:
    """The batch in halves of halves, until each fits or is one row."""
    if batch.num_rows <= 1 or (batch.num_rows <= rows and batch.nbytes <= BATCH_BYTES):
        yield batch
        return
    middle = batch.num_rows // 2
    yield from _halved(batch.slice(0, middle), rows)
    yield from _halved(batch.slice(middle), rows)


@dataclass
class Scoring:
    """A pass over windows of the lake.

    - reader: a second connection to the same database; its temporary tables hold what is pending.
    - rows: samples of one task of one core.
    - advance: told how many samples are done.
    """

    lake: Lake
    reader: Connection
    wanted: Pass
    rows: int
    advance: Callable[[float], None]
    tally: Tally = field(default_factory=Tally)

    def bring_up_to_date(self, window: Window) -> None:
        """Give every sample of the window every wanted axis.

        Raises ConflictError when other writers keep changing the window.
        """
        advanced = 0
        for _ in range(_TRIES):
            try:
                pending = self._load_pending(window)
                if pending and self.wanted.by_content and self._reuse(window):
                    pending = self._load_pending(window)
                if pending:
                    outcomes: list[Outcome] = []
                    for done, part in compute(self._texts(window), self.wanted, self.lake.settings.threads):
                        outcomes += part
                        self.tally.computed += done
                        step = min(done, window.samples - advanced)
                        advanced += step
                        self.advance(step)
                    self._commit(window, outcomes)
                break
            except Moved:
                continue
        else:
            raise ConflictError(
                f"Other writers kept changing samples {window.low} to {window.high} of {window.dataset}.",
                hint="What was committed is intact; run it again.",
            )
        self.advance(window.samples - advanced)

    def _load_pending(self, window: Window) -> bool:
        """Fill the temporary tables `pending_window` and `pending_leaders`; whether anything is pending."""
        parameters = {**window.place, **wanted_parameters(self.wanted)}
        pending = relation("pending_scores").sql
        self.reader.execute(f"create or replace temp table pending_window as {pending}", parameters)
        # Equal content is computed once, for the smallest id that has it.
        leader = "min(sample_id) over (partition by content_id)" if self.wanted.by_content else "sample_id"
        self.reader.execute(
            "create or replace temp table pending_leaders as "
            f"select sample_id, mask, {leader} as leader from pending_window"
        )
        row = self.reader.execute("select exists (from pending_window)").fetchone()
        return bool(row and row[0])

    def _digest(self) -> Any:
        return self.reader.execute(f"select {_DIGEST} from pending_window").fetchone()

    def _check_unchanged(self, connection: Connection, window: Window, before: Any) -> None:
        """Raise Moved unless what is pending now is what was pending when it was read."""
        parameters = {**window.place, **wanted_parameters(self.wanted)}
        pending = relation("pending_scores").sql
        if connection.execute(f"select {_DIGEST} from ({pending})", parameters).fetchone() != before:
            raise Moved

    def _reuse(self, window: Window) -> bool:
        """Copy the scores that other samples with equal content have, by SQL, in one commit; whether there were any."""
        parameters = wanted_parameters(self.wanted)
        donors = self.reader.execute(relation("reusable_scores").sql, parameters).to_arrow_table()
        if not donors.num_rows:
            return False
        before = self._digest()

        def work(connection: Connection) -> None:
            self._check_unchanged(connection, window, before)
            delete_superseded(connection, window.place, self.wanted, donors)
            connection.register("donor_window", donors)
            copied = relation("copied_scores").sql
            connection.execute(f"insert into scores by name {copied}", {"dataset": window.dataset, **parameters})
            connection.unregister("donor_window")

        self.lake.transact(work, message=f"reuse scores of equal content for {window.dataset}")
        masks = donors.column("mask").to_numpy()
        for position, axis in enumerate(self.wanted.axes):
            self.tally.reused[axis] += int(np.count_nonzero(masks & (1 << position)))
        return True

    def _texts(self, window: Window) -> Iterator[pa.RecordBatch]:
        """What the scorers read of each leader, with the axes its content still needs; streamed."""
        columns = "".join(f", samples.{quote(column)}" for column in self.wanted.reads)
        columns += "".join(f", scored_axes.{quote(axis)}" for axis in self.wanted.axes_read)
        measured = "left join scored_axes using (sample_id) " if self.wanted.axes_read else ""
        query = (
            "with leaders as (select leader as sample_id, bit_or(mask) as mask from pending_leaders group by leader) "
            f"select samples.sample_id, leaders.mask{columns} from samples join leaders using (sample_id) {measured}"
            "where samples.dataset = $dataset and samples.sample_id between $low and $high"
        )
        # No more rows at once than DuckDB has in hand anyway: later texts may be longer than those that were measured.
        fetched = self.reader.execute(query, window.place).to_arrow_reader(min(self.rows, _FETCH_ROWS))
        yield from batches_of(fetched, self.rows)

    def _commit(self, window: Window, outcomes: list[Outcome]) -> None:
        before = self._digest()
        query = "select sample_id, leader, mask from pending_leaders order by sample_id"
        pending = self.reader.execute(query).to_arrow_table()
        ids, leaders, masks = (pending.column(name).to_numpy() for name in ("sample_id", "leader", "mask"))
        files: list[Path] = []
        counts: Counter[str] = Counter()

        def work(connection: Connection) -> None:
            self._check_unchanged(connection, window, before)
            delete_superseded(connection, window.place, self.wanted, pending)
            self.lake.add_files(connection, SCORES, files)

        with discarded_on_failure(files):
            for position, (axis, version) in enumerate(zip(self.wanted.axes, self.wanted.versions, strict=True)):
                needed = (masks & (1 << position)) != 0
                if needed.any():
                    column = _spread([outcome for outcome in outcomes if outcome.axis == axis], leaders[needed])
                    files.append(self.lake.staging_file(SCORES, axis=axis, dataset=window.dataset))
                    stage(files[-1], version=version, ids=ids[needed], column=column)
                    counts[axis] = len(column)
            self.lake.transact(
                work,
                message=f"score {window.dataset}: {', '.join(counts)}",
                extra={"low": window.low, "high": window.high, "samples": len(ids)},
                staged=files,
            )
        self.tally.scored += counts


def _spread(outcomes: list[Outcome], leaders: Longs) -> Column:
    """The outcomes of leaders, in the order of the samples that follow them."""
    known = np.concatenate([outcome.sample_ids for outcome in outcomes])
    column = Column.concat([outcome.column for outcome in outcomes])
    order = np.argsort(known)
    return column.take(order[np.searchsorted(known, leaders, sorter=order)])
