"""The tiny models of the goldens as engines in this process, and axes measured by them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.derivations import derivation
from pipelines.signalling.asked import table_of
from scorers.batch import Batch, Column
from scorers.catalogue import catalogue
from scorers.engines.interface import Engine
from scorers.engines.transformers.engine import TransformersEngine
from scorers.models.facts import Head, ModelFacts
from scorers.signals.asking import Sample, answers
from scorers.signals.named import named

Rows = list[dict[str, Any]]

HEADS: dict[str, dict[str, Any]] = {
    "reward_llama_mlphead": {"module": "score"},
    "reward_llama_vhead": {"module": "v_head", "read_at": "cls"},
    "quality_deberta": {"module": "fc", "read_at": "first"},
}


@cache
def engine(folder: Path, model: str) -> Engine:
    """A tiny model, loaded once a process."""
    head: Head = "causal"
    if model.startswith(("reward", "regressor")):
        head = "reward"
    elif model.startswith(("rater", "quality")):
        head = "classifier"
    elif model == "t5":
        head = "encoder_decoder"
    facts = ModelFacts(model, model, head, ("transformers",), weights=str(folder / model), **HEADS.get(model, {}))
    return TransformersEngine(facts)


@cache
def recorded(goldens: Path, scorer: str, variant: int | None = None) -> dict[str, Any]:
    """What the reference gave, by id."""
    found = json.loads((goldens / "model" / f"{scorer}Scorer.json").read_text())
    outputs: dict[str, Any] = (found if variant is None else found["variants"][variant])["outputs"]
    return outputs


def measure(
    scorer: str, samples: list[Sample], engines: dict[str, Engine], *, parity: bool, most: int = 0, **options: Any
) -> dict[str, Column]:
    """The axes of a scorer by these models (option of the scorer -> engine), through the real signals.

    - most: tokens read, in place of what the stored rows name.
    """
    entry = catalogue().entry(scorer)
    settings = entry.scorer.settings(parity=parity, **options)
    columns: dict[str, Any] = {}
    lost: dict[int, tuple[str, str]] = {}
    for rows in entry.scorer.stored:
        kind = rows.kind_of(settings)
        asked = named(kind)
        which = next((name for name in engines if f"{{{name}}}" in (rows.parity or rows.kind).rpartition("@")[2]), "")
        found = answers(asked.signal, engines[which], samples, most or asked.max_length)
        for place, (_, failed) in enumerate(found):
            if failed:
                lost[place] = (failed.status, failed.reason)
        table = table_of(derivation(rows.relation).STORED.table, pa.array(range(len(samples))), found)
        for column in rows.columns:
            columns[rows.named(column)] = table.column(column)
    kept = [place for place in range(len(samples)) if place not in lost]
    batch = Batch(pa.table({name: column.take(pa.array(kept)) for name, column in columns.items()}))
    return {axis: _whole(column, kept, lost, len(samples)) for axis, column in entry.score(batch, settings).items()}


def _whole(column: Column, kept: list[int], lost: dict[int, tuple[str, str]], n: int) -> Column:
    """The outcomes of all samples, those that have no signal included."""
    import numpy as np

    values, codes = np.zeros(n), np.zeros(n, np.int32)
    values[kept], codes[kept] = column.values, column.codes
    pairs = list(column.absences)
    for place, why in lost.items():
        if why not in pairs:
            pairs.append(why)
        codes[place] = pairs.index(why) + 1
    return Column(values, codes, tuple(pairs))


def sample(row: dict[str, Any]) -> Sample:
    """A public sample as a lake holds it: an Alpaca input is a part of the instruction."""
    asked = row["instruction"] + ("\n" + row["input"] if row["input"] else "")
    return Sample(asked, row["output"], row.get("reference", ""), row.get("context", ""))
