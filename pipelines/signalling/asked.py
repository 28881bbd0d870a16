"""Questions to models as stored derived relations: a producer for each name such as `text@qwen3-8b`.

A producer's runtime is the model's engine: all questions to one model follow each other while it is loaded.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from typing import Any

import pyarrow as pa
from scorers.engines.opening import choose, start

from lake.settings import Settings
from lake.tables import Table
from pipelines.deriving.chunk import Chunk
from pipelines.deriving.runtime import Runtime
from pipelines.deriving.stored import Derived, Producer, Stored
from scorers import views
from scorers.batch import Batch
from scorers.engines.interface import Engine, Failed
from scorers.engines.options import Options
from scorers.models.facts import ModelFacts
from scorers.models.known import known
from scorers.models.weights import locate
from scorers.signals.asking import Sample, Signal, Values, answers
from scorers.signals.named import named

CHUNK_ROWS = 4096
"""Samples of a commit: what a kill can lose."""

STEP = 256
"""Samples asked about in one call of an engine, which makes its own batches of them."""

CONTEXT = "context"
"""The entry of `meta` that holds what a dialogue is grounded in."""


def stored(table: Table, value: str, row_bytes: int) -> Stored:
    """A relation of signals; value: the column that is NULL where there is nothing to say."""
    return Stored(
        table,
        kind="signal",
        version="version",
        value=value,
        outcome="status",
        reason="detail",
        row_bytes=row_bytes,
        parquet={"use_dictionary": ["signal", "version", "status", "detail"]},
    )


def producers(relation: Stored, settings: Settings, kinds: Sequence[str]) -> list[Producer]:
    """A producer for each name; raises OdaError where a model is unknown or cannot be had. Loads none."""
    return [_producer(relation, settings, kind) for kind in kinds]


def _producer(relation: Stored, settings: Settings, kind: str) -> Producer:
    found = named(kind)
    signal = found.signal
    facts = known(settings).find(found.model)
    engine = choose(facts)
    options = Options(threads=settings.threads)
    facts = replace(facts, revision=revision_of(facts, engine))
    version = "+".join([signal.stamp, *_decided_by(facts, engine, options)])
    if found.max_length:
        facts = replace(facts, max_length=min(found.max_length, facts.max_length or found.max_length))
    return Producer(
        verb="ask",
        stored=relation,
        wanted=((kind, version),),
        derive=_asking(signal, facts.max_length),
        reads=signal.reads,
        chunk_rows=CHUNK_ROWS,
        by_content=relation.of_contents,
        runtime=Runtime(f"{facts.name}+{engine}", _opening(facts, options, engine)),
    )


def revision_of(facts: ModelFacts, engine: str) -> str:
    """Which weights answer: of a server, those that its facts name."""
    return facts.revision if engine == "openai" else locate(facts).revision


def _decided_by(facts: ModelFacts, engine: str, options: Options) -> list[str]:
    """What of a model its numbers depend on, known before it is loaded."""
    return [f"{facts.id}@{facts.revision[:12]}", engine, options.dtype if options.dtype != "auto" else facts.dtype]


def _opening(facts: ModelFacts, options: Options, engine: Any) -> Callable[[], AbstractContextManager[Engine]]:
    return lambda: closing(start(facts, options, engine))


def _asking(signal: Signal, most: int) -> Callable[[Chunk], Iterator[Derived]]:
    def derive(chunk: Chunk) -> Iterator[Derived]:
        for batch in chunk.longest_first(STEP):
            samples = samples_of(Batch(batch), signal.reads, raw=signal.parity)
            rows = answers(signal, chunk.runtime, samples, most or chunk.runtime.facts.max_length)
            yield Derived(len(samples), [(0, table_of(batch.column("sample_id"), rows))])

    return derive


def samples_of(batch: Batch, reads: Sequence[str], *, raw: bool) -> list[Sample]:
    """The texts of a batch; in NFC, unless `raw`, as content ids are."""

    def texts(column: str) -> list[str]:
        if column not in reads:
            return [""] * len(batch)
        return [text or "" for text in views.text(batch, column, raw).to_pylist()]

    contexts = [""] * len(batch)
    if "meta" in reads:
        contexts = [_context(text) for text in batch.column("meta").to_pylist()]
    columns = (texts("instruction"), texts("response"), texts("reference_answer"), contexts)
    return [Sample(*each) for each in zip(*columns, strict=True)]


def _context(meta: str | None) -> str:
    found = json.loads(meta).get(CONTEXT) if meta else None
    return found if isinstance(found, str) else ""


def table_of(ids: pa.Array, rows: Sequence[tuple[Values, Failed | None]]) -> pa.Table:
    """What is kept of each sample: values, or a status and a reason."""
    names = list(dict.fromkeys(name for values, _ in rows for name in values))
    columns = {name: pa.array([values.get(name) for values, _ in rows]) for name in names}
    status = pa.array([failed.status if failed else "ok" for _, failed in rows])
    detail = pa.array([failed.reason if failed else None for _, failed in rows], pa.string())
    return pa.table({"sample_id": ids, **columns, "status": status, "detail": detail})
