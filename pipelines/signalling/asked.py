"""Questions to models as stored derived relations: a producer for each name such as `text@qwen3-8b`.

A producer's runtime is the model's engine: all questions to one model follow each other while it is loaded.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence

import pyarrow as pa

from lake.errors import UsageError
from lake.settings import Settings
from lake.tables import Table
from pipelines.deriving.chunk import Chunk
from pipelines.deriving.runtime import Runtime
from pipelines.deriving.stored import Derived, Producer, Stored
from pipelines.signalling.forecasts import forecaster
from pipelines.signalling.sources import Source, source_of
from scorers import views
from scorers.batch import Batch
from scorers.engines.interface import Failed
from scorers.engines.options import Options
from scorers.models.known import known
from scorers.signals.asking import Sample, Signal, Values, answers
from scorers.signals.named import Named, named
from scorers.spec import CONTENT_COLUMNS

CHUNK_ROWS = 4096
"""Samples of a commit: what a kill can lose."""

STEP = 256
"""Samples asked about in one call of an engine, which makes its own batches of them."""

CONTEXT = "context"
"""The entry of `meta` that holds what a dialogue is grounded in."""


def stored(table: Table, value: str) -> Stored:
    """A relation of signals; value: the column that is NULL where there is nothing to say."""
    return Stored(
        table,
        kind="signal",
        version="version",
        value=value,
        outcome="status",
        reason="detail",
        row_bytes=200,
        parquet={"use_dictionary": ["signal", "version", "status", "detail"]},
    )


def unnamed(settings: Settings) -> str:  # noqa: ARG001 - the form of a derivation
    """No signal is the lake's own: which one is read stands with the axis. Raises UsageError."""
    raise UsageError("A signal is named by what is asked and of which model.", hint="Write it like text@qwen3-8b.")


def producers(relation: Stored, settings: Settings, kinds: Sequence[str]) -> list[Producer]:
    """A producer for each name; raises OdaError where a model is unknown or cannot be had. Loads none."""
    return [_producer(relation, settings, kind) for kind in kinds]


def _producer(relation: Stored, settings: Settings, kind: str) -> Producer:
    found = named(kind)
    signal, source = found.signal, source_of_kind(settings, found)

    def texts(batch: Batch) -> list[Sample]:
        return samples_of(batch, signal.reads, raw=signal.parity)

    return Producer(
        verb="ask",
        stored=relation,
        wanted=((kind, f"{signal.stamp}+{source.stamp}"),),
        derive=_asking(relation.table, signal, source, found.max_length),
        reads=signal.reads,
        chunk_rows=CHUNK_ROWS,
        by_content=relation.of_contents,
        identity=_identity(relation, signal),
        runtime=Runtime(source.key, source.open),
        forecast=forecaster(signal, source, found.max_length, texts),
    )


def _identity(relation: Stored, signal: Signal) -> tuple[str, ...]:
    """What beside the content decides an answer, such as the reference; nothing shares what is read as it is stored."""
    if relation.of_contents or signal.parity:
        return ()
    return tuple(column for column in signal.reads if column not in CONTENT_COLUMNS)


def source_of_kind(settings: Settings, asked: Named) -> Source:
    """The model of a name in the engine that runs it; raises OdaError where it cannot be had. Loads nothing."""
    facts = known(settings).find(asked.model)
    return source_of(facts, asked.signal.capability, Options.of(settings))


def _asking(table: Table, signal: Signal, source: Source, most: int) -> Callable[[Chunk], Iterator[Derived]]:
    def derive(chunk: Chunk) -> Iterator[Derived]:
        engine = source.checked(chunk.runtime)
        length = min(filter(None, (most, engine.facts.max_length)), default=0)
        for batch in chunk.longest_first(STEP):
            samples = samples_of(Batch(batch), signal.reads, raw=signal.parity)
            rows = answers(signal, engine, samples, length)
            yield Derived(len(samples), [(0, table_of(table, batch.column("sample_id"), rows))])

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


def table_of(table: Table, ids: pa.Array, rows: Sequence[tuple[Values, Failed | None]]) -> pa.Table:
    """What is kept of each sample: the values of a relation, or a status and a reason."""
    known = {"sample_id", "content_id", "dataset", "signal", "version", "status", "detail"}
    fields = [field for field in table.arrow_schema if field.name not in known]
    columns = {field.name: pa.array([values.get(field.name) for values, _ in rows], field.type) for field in fields}
    status = pa.array([failed.status if failed else "ok" for _, failed in rows])
    detail = pa.array([failed.reason if failed else None for _, failed in rows], pa.string())
    return pa.table({"sample_id": ids, **columns, "status": status, "detail": detail})
