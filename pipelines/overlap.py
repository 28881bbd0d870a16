"""Overlap: how much of every dataset is found in every other one, in one pass over the lake per measure.

Equal content, equal prompts, prompts of the same letters and digits, shared runs of words, clusters of near-duplicates;
and where prompts are the same, how alike the answers are. The relations `dataset_overlaps` and `dataset_redundancy`
hold what was found; `measured_relations` says what it means.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any

from lake.catalog import Connection, Lake
from lake.errors import ConflictError
from lake.failures import translated_errors
from lake.relations import keep, run
from lake.rows import delete, drop
from lake.values import ANY_COUNT, check
from pipelines.overlapping.functions import register
from pipelines.overlapping.keys import Keying, key_pending
from pipelines.overlapping.measures import (
    ALL,
    chosen,
    compare_answers,
    count_wide,
    measures,
    near_runs,
    prepare,
    states,
    take,
)
from pipelines.progress import Progress, Silent
from pipelines.scoring.selection import select_datasets


@dataclass(frozen=True)
class Overlapping:
    """What is compared.

    - sketch: keys looked at in all, those of the least hashes; 0 for every key.
    """

    sketch: Annotated[int, ANY_COUNT] = 0

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class OverlapReport:
    """What a run did; keyed: samples that got their keys; current: whether what stood was still true."""

    datasets: int
    samples: int
    keyed: int
    pairs: dict[str, int]
    fraction: float
    current: bool
    seconds: dict[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def overlap(lake: Lake, overlapping: Overlapping | None = None, *, progress: Progress | None = None) -> OverlapReport:
    """Compare every dataset of the lake with every other; where nothing changed since, nothing is done.

    Raises ConflictError when datasets came, went or changed meanwhile.
    """
    overlapping, progress, keying = overlapping or Overlapping(), progress or Silent(), Keying()
    seconds: dict[str, float] = {}
    connection = lake.connection
    with translated_errors(lake.settings):
        began = time.monotonic()
        keyed = key_pending(lake, keying, progress)
        seconds["key"] = round(time.monotonic() - began, 3)
        now, near = states(connection), near_runs(connection)
        samples = sum(int(facts[2]) for facts in now.values())
        fraction = min(1.0, overlapping.sketch / max(1, samples)) if overlapping.sketch else 1.0
        parameters = {"keys": keying.version, "fraction": fraction}
        current = _last(connection) == (parameters, now, near)
        if not current:
            prepare(connection)
            every = measures(keying, tuple(near))
            progress.start("overlap", len(every) + 1, "measures")
            for measure in every:
                began = time.monotonic()
                take(connection, measure, fraction)
                seconds[measure.name] = round(time.monotonic() - began, 3)
                progress.advance(1)
            began = time.monotonic()
            register(connection)
            compare_answers(connection)
            count_wide(connection, keying)
            seconds["answers"] = round(time.monotonic() - began, 3)
            progress.advance(1)
            progress.finish()
            _commit(lake, parameters, now, near)
    pairs = dict(lake.rows("select measure, count(*) // 2 from dataset_overlaps group by measure order by measure"))
    return OverlapReport(len(now), samples, keyed, pairs, fraction, current, seconds)


@dataclass(frozen=True)
class Share:
    """What one dataset adds to those before it in a mixture; new: rows that are first, repeats left out."""

    dataset: str
    rows: int
    repeated: int
    elsewhere: int
    new: int


def mixture(lake: Lake, datasets: list[str], measure: str = "letters") -> list[Share]:
    """How much of each dataset is new in a mixture of them, in that order; needs the keys that `overlap` makes.

    Raises UnknownNameError for a dataset that does not exist.
    """
    keying, connection = Keying(), lake.connection
    wanted = list(dict.fromkeys(datasets))
    select_datasets(lake, wanted)
    with translated_errors(lake.settings):
        of = chosen(keying, measure, tuple(near_runs(connection)))
        keep(connection, "keys", of.keys, most=ALL, **of.given)
        shares = [Share(*row) for row in run(connection, "mixture", datasets=wanted).fetchall()]
        drop(connection, "keys")
    return shares


def is_current(lake: Lake) -> bool:
    """Whether `dataset_overlaps` speaks of the datasets that are in the lake now."""
    found = _last(lake.connection)
    return found is not None and found[1] == states(lake.connection)


def _last(connection: Connection) -> tuple[Any, Any, Any] | None:
    row = connection.execute("select parameters, datasets, near from overlap_runs").fetchone()
    return None if row is None else (json.loads(row[0]), json.loads(row[1]), json.loads(row[2]))


def _commit(lake: Lake, parameters: dict[str, Any], now: dict[str, list[Any]], near: dict[str, str]) -> None:
    def work(connection: Connection) -> None:
        if states(connection) != now:
            raise ConflictError("Datasets changed while overlaps were measured.", hint="Run it again.")
        for table in ("dataset_overlaps", "dataset_redundancy", "overlap_runs"):
            delete(connection, table)
        connection.execute(
            "insert into dataset_overlaps by name "
            "select mine.dataset, theirs.dataset as other, found.* exclude (dataset_no, other_no) "
            "from found join datasets as mine using (dataset_no) "
            "join datasets as theirs on theirs.dataset_no = found.other_no order by all"
        )
        connection.execute(
            "insert into dataset_redundancy by name select datasets.dataset, alone.* exclude (dataset_no) "
            "from alone join datasets using (dataset_no) order by all"
        )
        connection.execute(
            "insert into overlap_runs values (?, ?, ?, now()::timestamp)", [*map(json.dumps, (parameters, now, near))]
        )

    lake.transact(work, message=f"overlap of {len(now)} datasets", extra={"step": "overlap", **parameters})
    drop(lake.connection, "found", "alone")
