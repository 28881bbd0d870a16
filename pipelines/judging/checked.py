"""Checks of generated answers as a stored derived relation: `check@qwen3-8b`, `check(code=True,judge=small)@qwen3-8b`.

A name says whose answers are checked, whether programs may be run, and which judge reads free texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from urllib.parse import unquote

import orjson
import pyarrow as pa

from lake.errors import UsageError
from lake.settings import Settings
from lake.tables import VERDICTS
from pipelines.deriving.chunk import Chunk
from pipelines.deriving.runtime import Runtime
from pipelines.deriving.stored import Derived, Input, Producer, Stored
from pipelines.judging import asked
from pipelines.signalling.sources import Source, source_of
from scorers.engines.options import Options
from scorers.judging.checking import VERSION, Checks, StoppedChecking, Task, Verdict, check
from scorers.judging.question import question
from scorers.models.known import known

STORED = Stored(
    VERDICTS,
    kind="verdict",
    version="version",
    value="right",
    outcome="status",
    reason="detail",
    row_bytes=200,
    parquet={"use_dictionary": ["verdict", "version", "status", "detail", "verifier"]},
)

CHUNK_ROWS = 1024
STEP = 64
"""Samples checked together: answers of one judge call, mathematics of one child process."""

_FORM = re.compile(r"check(?:\((?P<given>[^()]*)\))?@(?P<model>.+)", re.DOTALL)
_ANSWERS = "answers"
_SOLVED = {_ANSWERS: "answer", "solved": "status", "unsolved": "detail"}


def producers(settings: Settings, kinds: Sequence[str]) -> list[Producer]:
    """A producer for each name; raises OdaError where a model is unknown or cannot be had. Checks nothing."""
    return [_producer(settings, kind) for kind in kinds]


def _producer(settings: Settings, kind: str) -> Producer:
    found = _FORM.fullmatch(kind)
    if found is None:
        raise UsageError(f"{kind!r} names no check of answers.", hint="Write it like check@qwen3-8b.")
    given = dict(part.partition("=")[::2] for part in filter(None, (found["given"] or "").split(",")))
    run_code, judge = given.get("code") == "True", _judge(settings, unquote(given.get("judge", "")))
    (solving,) = asked.producers(settings, [f"solve@{found['model']}"])
    ((solutions, version),) = solving.wanted
    judged = f"{question('verdict').hash}+{judge.stamp}" if judge else ""
    stamp = "+".join(filter(None, (VERSION, judged, version)))

    def derive(chunk: Chunk) -> Iterator[Derived]:
        checks = Checks(run_code, judge.checked(chunk.runtime) if judge else None)
        for data in chunk.longest_first(STEP):
            try:
                verdicts = check(_tasks(data), checks)
            except StoppedChecking as stopped:
                there = [place for place, each in enumerate(stopped.found) if each is not None]
                kept = [each for each in stopped.found if each is not None]
                yield Derived(len(kept), [(0, _rows(data.take(pa.array(there, pa.int64())), kept))])
                raise
            yield Derived(data.num_rows, [(0, _rows(data, verdicts))])

    return Producer(
        verb="check",
        stored=STORED,
        wanted=((kind, stamp),),
        derive=derive,
        reads=("instruction", "reference_answer"),
        inputs=(Input(asked.STORED, solutions, version, _SOLVED),),
        by_content=False,
        identity=("reference_answer",),
        chunk_rows=CHUNK_ROWS,
        runtime=Runtime(judge.key, judge.open) if judge else Runtime("", nullcontext),
    )


def _judge(settings: Settings, name: str) -> Source | None:
    if not name:
        return None
    return source_of(known(settings).find(name), "generate", Options.of(settings))


def _tasks(data: pa.RecordBatch) -> list[Task]:
    columns = (data.column(name).to_pylist() for name in ("instruction", "reference_answer", _ANSWERS))
    return [
        Task(instruction or "", reference or "", tuple(each["text"] for each in orjson.loads(answers or "[]")))
        for instruction, reference, answers in zip(*columns, strict=True)
    ]


def _rows(data: pa.RecordBatch, verdicts: Sequence[Verdict]) -> pa.Table:
    solved = (data.column(name).to_pylist() for name in ("solved", "unsolved"))
    told = [
        each if each.agreed or each.status != "ok" else _unanswered(status, reason)
        for each, status, reason in zip(verdicts, *solved, strict=True)
    ]
    return pa.table(
        {
            "sample_id": data.column("sample_id"),
            "status": pa.array([each.status for each in told]),
            "detail": pa.array([each.detail for each in told], pa.string()),
            "right": pa.array([sum(each.agreed) if each.status == "ok" else None for each in told], pa.int32()),
            "attempts": pa.array([len(each.agreed) for each in told], pa.int32()),
            "verifier": pa.array([each.verifier for each in told], pa.string()),
            "agreed": pa.array([list(each.agreed) or None for each in told], pa.list_(pa.bool_())),
        }
    )


def _unanswered(status: str, reason: str | None) -> Verdict:
    """Nothing to check: for good, or because asking failed, which is tried again with the verdict."""
    why = f"the model gave no answer{': ' if reason else ''}{reason or ''}"
    return Verdict(None, (), "failed" if status == "failed" else "not_applicable", why)
