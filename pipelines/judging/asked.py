"""Questions to judges as a stored derived relation: a producer for each name such as `judge_q@qwen3-8b`.

A name says which question is put to which model; `judge_q(backwards)@…` puts it with what is rated in the opposite
order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from urllib.parse import unquote

import pyarrow as pa

from lake.errors import UsageError
from lake.settings import Settings
from lake.tables import JUDGEMENTS
from pipelines.deriving.chunk import Chunk
from pipelines.deriving.runtime import Runtime
from pipelines.deriving.stored import Derived, Producer, Stored
from pipelines.judging.forecasts import forecaster
from pipelines.signalling.sources import Source, source_of
from scorers import views
from scorers.batch import Batch
from scorers.engines.options import Options
from scorers.judging.asking import Judgement, StoppedAsking, ask
from scorers.judging.question import Question, question
from scorers.models.known import known

STORED = Stored(
    JUDGEMENTS,
    kind="judgement",
    version="version",
    value="answer",
    outcome="status",
    reason="detail",
    row_bytes=1_000,
    parquet={"use_dictionary": ["judgement", "version", "status", "detail"]},
)

CHUNK_ROWS = 1024
"""Samples of a commit: what a kill can lose, and has been paid for."""

STEP = 128
"""Samples asked about in one call of an engine, which makes its own batches of them."""

_FORM = re.compile(r"(?P<question>[a-z_]+)(?P<backwards>\(backwards\))?@(?P<judge>.+)", re.DOTALL)
_COLUMNS = pa.schema(
    [
        ("status", pa.string()),
        ("detail", pa.string()),
        ("answer", pa.string()),
        ("raw", pa.string()),
        ("attempts", pa.int32()),
        ("prompt_tokens", pa.int64()),
        ("completion_tokens", pa.int64()),
    ]
)


def producers(settings: Settings, kinds: Sequence[str]) -> list[Producer]:
    """A producer for each name; raises OdaError where a judge is unknown or cannot be had. Asks nothing."""
    return [_producer(settings, kind) for kind in kinds]


def named(settings: Settings, kind: str) -> tuple[Question, Source]:
    """The question and the judge of a name; raises UsageError for what is none."""
    found = _FORM.fullmatch(kind)
    if found is None:
        raise UsageError(f"{kind!r} names no question to a judge.", hint="Write it like judge_q@qwen3-8b.")
    asked = question(found["question"])
    facts = known(settings).find(unquote(found["judge"]))
    source = source_of(facts, "generate", Options.of(settings))
    return (asked.backwards() if found["backwards"] else asked), source


def _producer(settings: Settings, kind: str) -> Producer:
    asked, source = named(settings, kind)
    reads = ("instruction", "response") if asked.needs_response else ("instruction",)
    return Producer(
        verb="ask",
        stored=STORED,
        wanted=((kind, f"{asked.hash}+{source.stamp}"),),
        derive=lambda chunk: _asking(asked, source, chunk),
        reads=reads,
        chunk_rows=CHUNK_ROWS,
        runtime=Runtime(source.key, source.open),
        forecast=forecaster(asked, source, reads, kind),
    )


def _asking(asked: Question, source: Source, chunk: Chunk) -> Iterator[Derived]:
    engine = source.checked(chunk.runtime)
    for data in chunk.longest_first(STEP):
        batch = Batch(data)
        texts = list(zip(*(_texts(batch, column, chunk) for column in ("instruction", "response")), strict=True))
        try:
            found: Sequence[Judgement | None] = ask(asked, engine, texts)
        except StoppedAsking as stopped:
            yield _rows(data, stopped.found)
            raise
        yield _rows(data, found)


def _texts(batch: Batch, column: str, chunk: Chunk) -> list[str]:
    """Texts in NFC, as content ids are; empty where the column is not read."""
    if column not in chunk.producer.reads:
        return [""] * len(batch)
    return [text or "" for text in views.text(batch, column).to_pylist()]


def _rows(data: pa.RecordBatch, found: Sequence[Judgement | None]) -> Derived:
    places = [place for place, each in enumerate(found) if each is not None]
    rows = pa.Table.from_pylist([asdict(each) for each in found if each is not None], _COLUMNS)
    ids = data.column("sample_id").take(pa.array(places, pa.int64()))
    return Derived(len(places), [(0, rows.append_column("sample_id", ids))])
