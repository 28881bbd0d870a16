"""Contamination by a judge: a language model says whether pairs that are alike are items, rephrased.

Answers are kept by pair with a hash of model and question; another model or question asks anew. What was no answer is
not kept, and asked again by the next run.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from lake.catalog import Connection, Lake
from lake.relations import run
from lake.tables import CONTAMINATION
from pipelines.contaminating.parameters import JUDGE
from pipelines.progress import Progress
from scorers.engines.interface import Engine, Failed, Generated, Prompt, Sampling

AT_ONCE = 64
"""Pairs of a commit: what a kill can lose."""

LONGEST = 6_000
"""Characters of each text that are shown."""

_TRIES = 2
_THOUGHT = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)
_FENCE = re.compile(r"\A```(?:json)?\s*\n(.*?)\n?```\s*\Z", re.DOTALL)

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"same": {"type": "boolean"}, "reason": {"type": "string", "maxLength": 500}},
    "required": ["same", "reason"],
    "additionalProperties": False,
}
"""What an answer looks like; engines that can enforce it do."""

Pair = dict[str, Any]


@dataclass(frozen=True)
class Judged:
    """Pairs that were put to the judge, those of them that are the same, and those without an answer."""

    asked: int = 0
    same: int = 0
    failed: int = 0


@cache
def question() -> str:
    """The fixed part of the prompt."""
    return Path(__file__).with_name("rephrased.md").read_text(encoding="utf-8")


def key(engine: Engine) -> str:
    """Short hash of the model, its revision, the engine, the question and the schema."""
    facts = engine.facts
    text = json.dumps([facts.id, facts.revision, engine.stamp, question(), SCHEMA, LONGEST], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def judge(lake: Lake, datasets: Sequence[str], benchmarks: Sequence[str], engine: Engine, progress: Progress) -> Judged:
    """Put to the judge what is alike by embeddings or prompts and not found by words.

    Raises EngineError when the engine cannot go on; what was answered until then is kept.
    """
    asked_by = key(engine)
    given = {"datasets": list(datasets), "benchmarks": list(benchmarks), "parameters": asked_by}
    pairs: list[Pair] = run(lake.connection, "rephrased_pairs", **given).to_arrow_table().to_pylist()
    fresh = {(pair["dataset"], pair["benchmark"]) for pair in pairs if pair["known"]}
    same = failed = 0
    progress.start("judge", len(pairs), "pairs")
    for first in range(0, len(pairs), AT_ONCE):
        part = pairs[first : first + AT_ONCE]
        answers = ask(engine, part)
        failed += sum(answer is None for answer in answers)
        same += sum(answer is True for answer in answers)
        _store(lake, [(p, a) for p, a in zip(part, answers, strict=True) if a is not None], asked_by, fresh)
        progress.advance(len(part))
    progress.finish()
    return Judged(len(pairs), same, failed)


def ask(engine: Engine, pairs: Sequence[Pair]) -> list[bool | None]:
    """Whether each pair is the same; None where no answer follows the schema, after another try with another seed."""
    answers: list[bool | None] = [None] * len(pairs)
    pending = list(range(len(pairs)))
    for attempt in range(_TRIES):
        if not pending:
            break
        sampling = Sampling(300, temperature=0.3 if attempt else 0.0, seed=attempt, schema=SCHEMA)
        again = []
        outcomes = engine.generate([_prompt(pairs[at]) for at in pending], sampling)
        for at, outcome in zip(pending, outcomes, strict=True):
            answers[at] = parsed(outcome)
            again += [at] if answers[at] is None and not isinstance(outcome, Failed) else []
        pending = again
    return answers


def _prompt(pair: Pair) -> Prompt:
    texts = (
        f"===== ITEM =====\n{pair['item'][:LONGEST]}\n===== SAMPLE =====\n{pair['sample'][:LONGEST]}\n===== END ====="
    )
    return Prompt(
        messages=(("system", question()), ("user", f"{texts}\n\nJSON:")), template=(("enable_thinking", False),)
    )


def parsed(outcome: Generated | Failed) -> bool | None:
    """What an answer says, by the schema; None where it says nothing."""
    if isinstance(outcome, Failed) or outcome.completions[0].finish == "length":
        return None
    body = _THOUGHT.sub("", outcome.completions[0].text).strip()
    if fenced := _FENCE.match(body):
        body = fenced[1].strip()
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or set(found) != set(SCHEMA["properties"]) or not isinstance(found["same"], bool):
        return None
    return bool(found["same"])


def _store(lake: Lake, judged: list[tuple[Pair, bool]], asked_by: str, fresh: set[tuple[str, str]]) -> None:
    """Commit answers; those of another judge on a dataset and benchmark go with the first of them."""
    if not judged:
        return
    rows = pa.Table.from_pylist(
        [
            {**{name: pair.get(name) for name in CONTAMINATION.column_names}, "method": JUDGE}
            | {"verdict": "contaminated" if same else "trace"}
            for pair, same in judged
        ],
        schema=CONTAMINATION.arrow_schema,
    )
    states = {(p["dataset"], p["benchmark"]): (p["state"], p["benchmark_state"]) for p, _ in judged}
    stale = [place for place in states if place not in fresh]

    def work(connection: Connection) -> None:
        for place in stale:
            for table in ("contamination", "contamination_scans"):
                connection.execute(
                    f"delete from {table} where dataset = ? and benchmark = ? and method = '{JUDGE}'", list(place)
                )
            connection.execute(
                "insert into contamination_scans by name select ? as dataset, ? as benchmark, ? as method, "
                "? as parameters, ? as of_dataset, ? as of_benchmark, true as finished, now()::timestamp as scanned",
                [*place, JUDGE, asked_by, *states[place]],
            )
        connection.register("judged_rows", rows)
        connection.execute("insert into contamination by name from judged_rows")
        connection.unregister("judged_rows")

    lake.transact(work, message=f"judge {len(judged)} pairs", extra={"step": "contamination", "rows": len(judged)})
    fresh.update(stale)
