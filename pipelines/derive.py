"""Deriving: bring a stored derived relation up to date for some datasets, whatever derives its rows.

`pipelines.deriving` is the engine; `docs/architecture.md` tells what a stored derived relation is.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from lake.catalog import Lake
from lake.failures import translated_errors
from pipelines.deriving.engine import Engine
from pipelines.deriving.stored import Producer
from pipelines.progress import Progress, Silent
from pipelines.scoring.selection import select_datasets


@dataclass(frozen=True)
class KindReport:
    """What deriving did for one kind of row of one dataset.

    - derived: samples derived, equal content counted with its copies; empty: those of them with nothing to say.
    - reused: samples whose row was copied from another sample; skipped: samples that had their row already.
    """

    dataset: str
    kind: str
    version: str
    samples: int
    derived: int
    empty: int
    reused: int
    skipped: int


@dataclass(frozen=True)
class DeriveReport:
    """What deriving did; computed: samples whose texts were read and derived, equal content once."""

    relation: str
    kinds: tuple[KindReport, ...]
    computed: int
    seconds: float

    @property
    def rows_per_second(self) -> float | None:
        """Samples computed per second; None when nothing was."""
        return self.computed / self.seconds if self.computed and self.seconds else None

    def of(self, dataset: str) -> list[KindReport]:
        """The reports of a dataset."""
        return [kind for kind in self.kinds if kind.dataset == dataset]

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "relation": self.relation,
            "computed": self.computed,
            "seconds": self.seconds,
            "rows_per_second": self.rows_per_second,
            "kinds": [asdict(kind) for kind in self.kinds],
        }


@dataclass(frozen=True)
class KindPlan:
    """What deriving would do for one kind of row of one dataset.

    - held: samples that have their row; reused: samples that would get it from equal content; to_run: the rest.
    """

    dataset: str
    kind: str
    version: str
    samples: int
    held: int
    reused: int
    to_run: int


def derive(
    lake: Lake, producer: Producer, *, datasets: Iterable[str] | None = None, progress: Progress | None = None
) -> DeriveReport:
    """Give every sample of these datasets (default: all) the rows of a producer.

    Raises UnknownNameError for a dataset that does not exist.
    """
    chosen = select_datasets(lake, datasets)
    started = time.monotonic()
    with _engine(lake, producer, progress) as engine:
        tally = engine.bring_up_to_date(chosen)
    sizes = dict(lake.rows("select dataset, count(*) from samples group by dataset"))
    kinds = []
    for dataset in chosen:
        for kind, version in producer.wanted:
            samples, key = sizes.get(dataset, 0), (dataset, kind)
            made, empty, reused = tally.made[key], tally.empty[key], tally.copied[key]
            kinds.append(KindReport(dataset, kind, version, samples, made, empty, reused, samples - made - reused))
    return DeriveReport(producer.stored.table.name, tuple(kinds), tally.samples, time.monotonic() - started)


def plan(lake: Lake, producer: Producer, *, datasets: Iterable[str] | None = None) -> list[KindPlan]:
    """What `derive` would do; derives nothing.

    Raises UnknownNameError for a dataset that does not exist.
    """
    chosen = select_datasets(lake, datasets)
    with _engine(lake, producer, None) as engine:
        return [KindPlan(*row) for row in engine.plan(chosen)]


@contextmanager
def _engine(lake: Lake, producer: Producer, progress: Progress | None) -> Iterator[Engine]:
    with translated_errors(lake.settings), lake.second_reader() as reader:
        yield Engine(lake, reader, producer, progress or Silent())
