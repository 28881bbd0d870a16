"""Every compiled loop, compiled ahead: what uses them is run once on a handful of samples, side by side in processes.

Which loops there are is found by listing the modules of kernels; each is compiled for the arguments it is called with.
"""

from __future__ import annotations

import importlib
import json
import multiprocessing
import pkgutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

_TEXT = "Mr. Smith said {} cannot stay: 'so be it', he'd pay $3.50 (e.g. for apples, pears and plums) before noon. Ünd?"
_SAMPLES = 60


def compile_ahead(processes: int, tell: Callable[[str], None]) -> int:
    """Have the loops of the project compiled and kept; returns how many there are.

    `tell` is given a word before anything is compiled; a second call finds a mark of the first and is over.
    """
    from lake.compiled import mark_of  # late: numba

    loops = kernels()
    mark = mark_of(loops.values())
    if mark and not mark.exists():
        tell(f"Compiling {len(loops)} loops for this machine, which are kept: up to a minute, this once.")
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(max(1, processes), context) as pool:
            list(pool.map(rehearse, [*rehearsals()]))
        mark.touch()
    return len(loops)


def kept_in() -> Path | None:
    """The folder of compiled loops; None where none can be written."""
    from lake.compiled import mark_of  # late: numba

    mark = mark_of(kernels().values())
    return mark.parent if mark else None


def kernels() -> dict[str, Any]:
    """Every kernel by module and name, found by listing."""
    import scorers.kernels

    modules = [f"scorers.kernels.{module.name}" for module in pkgutil.iter_modules(scorers.kernels.__path__)]
    found = {}
    for name in ("lake.identity_kernels", *modules):
        for attribute, value in vars(importlib.import_module(name)).items():
            if getattr(getattr(value, "py_func", None), "__module__", None) == name:
                found[f"{name}.{attribute}"] = value
    return found


def rehearse(name: str) -> None:
    """Run one of the rehearsals; what fails will say so when it is used."""
    with suppress(Exception):
        rehearsals()[name]()


def rehearsals() -> dict[str, Callable[[], None]]:
    """What uses compiled loops: near-duplicates, which take longest, and the project's scorers without a model.

    Each in its default form: loops of options and of very large sets are compiled when they are first used.
    """
    from scorers.catalogue import EXTENSION, catalogue

    found: dict[str, Callable[[], None]] = {
        "near-duplicates": _near_duplicates,
        "overlap": _overlap,
        "contamination": _contamination,
        "identities": _identities,
    }
    for entry in catalogue().entries():
        scorer = entry.scorer
        if entry.family != EXTENSION and not (scorer.model or scorer.missing() or scorer.absence(scorer.settings())):
            found[scorer.name] = partial(_scored, scorer.name)
    return found


def _texts() -> Iterator[tuple[str, str]]:
    for number in range(_SAMPLES):
        yield f"Question {number // 2}?", " ".join(_TEXT.format(number // 2 + step) for step in range(3))


def _scored(name: str) -> None:
    import numpy as np
    import pyarrow as pa

    from scorers.batch import Batch
    from scorers.catalogue import catalogue
    from scorers.collection import Collection

    scorer = catalogue().entry(name)
    columns = zip(*_texts(), strict=True)
    batch = Batch(pa.table([pa.array(column) for column in columns], ["instruction", "response"]))
    if scorer.scorer.of_sets:
        vectors = np.random.default_rng(1).normal(size=(_SAMPLES, 8)).astype(np.float32)
        given: Any = Collection(vectors, texts=lambda _most: iter([batch]))
    else:
        given = batch
    scorer.score(given, scorer.scorer.settings())


def _identities() -> None:
    import pyarrow as pa

    from lake.identity_columns import content_ids, instruction_ids  # late: numba

    instructions, responses = (pa.array(column) for column in zip(*_texts(), strict=True))
    content_ids(pa.nulls(_SAMPLES, pa.string()), instructions, responses)
    instruction_ids(instructions)


@contextmanager
def _lake() -> Iterator[Any]:
    """A lake of a few samples in two datasets."""
    from lake.catalog import Lake
    from lake.settings import Settings
    from pipelines.ingest import ingest

    with tempfile.TemporaryDirectory(prefix="oda-rehearsal-") as folder:
        rows = [{"instruction": instruction, "output": response} for instruction, response in _texts()]
        with Lake.open(Settings.load(home=Path(folder) / "lake"), create=True) as lake:
            for name in ("rehearsal", "again"):
                source = Path(folder) / f"{name}.jsonl"
                source.write_text("".join(json.dumps(row) + "\n" for row in rows))
                ingest(lake, str(source), name=name)
            yield lake


def _overlap() -> None:
    from pipelines.overlap import overlap

    with _lake() as lake:
        overlap(lake)


def _contamination() -> None:
    from pipelines.contamination import contamination

    with _lake() as lake:
        again = "update datasets set kind = 'benchmark' where dataset = 'again'"
        lake.transact(lambda connection: connection.execute(again), message="a benchmark")
        contamination(lake)


def _near_duplicates() -> None:
    """To clusters of both kinds."""
    from lake.values import CLUSTERING
    from pipelines.dedup import dedup
    from pipelines.deduping.parameters import Matching
    from pipelines.deduping.recall import measured_recall

    with _lake() as lake:
        for method in CLUSTERING.names:
            dedup(lake, matching=Matching(method=method))
        measured_recall(lake)
