"""Parity forms give the values recorded from the reference; canonical forms differ only where it is documented."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from scorers.batch import Batch
from scorers.catalogue import catalogue

Rows = list[dict[str, Any]]

REFERENCES = {
    "str_length": "StrLength",
    "compress_ratio": "CompressRatio",
    "mtld": "Mtld",
    "hdd": "Hdd",
    "vocd_d": "VocdD",
    "logical_word_count": "LogicalWordCount",
    "think_or_not": "ThinkOrNot",
    "pure_think": "PureThink",
    "token_length": "TokenLength",
    "token_entropy": "TokenEntropy",
    "unique_ntoken": "UniqueNtoken",
    "gram_entropy": "GramEntropy",
    "unique_ngram": "UniqueNgram",
    "ts_python": "TsPython",
}

# The options that correspond to the settings of a recorded variant, and the columns it reads.
ALL, OUTPUT, INSTRUCTION = ("both", "output", "instruction")
VARIANTS: list[tuple[str, int, str, dict[str, Any]]] = [
    ("str_length", 0, OUTPUT, {}),
    ("str_length", 1, INSTRUCTION, {}),
    ("compress_ratio", 0, OUTPUT, {"level": 6}),
    ("compress_ratio", 1, ALL, {"level": 1}),
    ("mtld", 0, ALL, {"ttr_threshold": 0.5}),
    ("hdd", 0, ALL, {"sample_size": 20}),
    ("vocd_d", 0, ALL, {"ntokens": 40, "within_sample": 20, "seed": 1}),
    ("logical_word_count", 0, ALL, {"match_mode": "substring"}),
    ("logical_word_count", 1, ALL, {"view": "response"}),
    ("think_or_not", 0, INSTRUCTION, {"view": "instruction"}),
    ("token_length", 0, OUTPUT, {}),
    ("unique_ntoken", 0, ALL, {"n": 1}),
    ("unique_ntoken", 1, ALL, {"n": 3}),
    ("unique_ngram", 0, ALL, {"n": 1}),
    ("unique_ngram", 1, ALL, {"n": 3}),
]


@pytest.fixture(scope="module")
def rows(goldens: Path) -> Rows:
    return [json.loads(line) for line in (goldens / "public.jsonl").open()]


def batch_of(rows: Rows, columns: str = ALL) -> Batch:
    asked = [row["instruction"] for row in rows]
    if columns == ALL:
        asked = [row["instruction"] + ("\n" + row["input"] if row["input"] else "") for row in rows]
    answers = [row["output"] for row in rows]
    nothing = [""] * len(rows)
    return Batch(
        pa.table(
            {
                "instruction": nothing if columns == OUTPUT else asked,
                "response": nothing if columns == INSTRUCTION else answers,
            }
        )
    )


@pytest.mark.parametrize("variant", [None, 0])
def test_trees_equal_the_reference(variant: int | None, rows: Rows, goldens: Path) -> None:
    recorded = json.loads((goldens / "heuristic" / "TreeInstructScorer.json").read_text())
    wanted = (recorded if variant is None else recorded["variants"][variant])["outputs"]
    entry = catalogue().entry("tree_instruct")
    model = str(goldens / "tiny_models" / "spacy_tiny")
    settings = entry.scorer.settings(parity=True, model=model)
    columns = entry.score(batch_of(rows, ALL if variant is None else INSTRUCTION), settings)
    for number, row in enumerate(rows):
        assert columns["tree_nodes"].outcome(number)[0] == wanted[row["id"]]["TreeInstruct_Nodes"], row["id"]
        assert columns["tree_depth"].outcome(number)[0] == wanted[row["id"]]["TreeInstruct_Depth"], row["id"]


def expected(goldens: Path, axis: str, variant: int | None = None) -> dict[str, float]:
    recorded = json.loads((goldens / "heuristic" / f"{REFERENCES[axis]}Scorer.json").read_text())
    outputs = recorded["outputs"] if variant is None else recorded["variants"][variant]["outputs"]
    return {name: value["score"] if isinstance(value, dict) else value for name, value in outputs.items()}


def measured(axis: str, batch: Batch, *, parity: bool, **options: Any) -> list[float | None]:
    entry = catalogue().entry(axis)
    column = entry.score(batch, entry.scorer.settings(parity=parity, **options))[axis]
    return [column.outcome(row)[0] for row in range(len(column))]


@pytest.fixture(scope="module")
def parity(rows: Rows) -> Callable[[str], list[float | None]]:
    return cache(lambda axis: measured(axis, batch_of(rows), parity=True))  # vocd_d takes 10 s: once


@pytest.mark.parametrize("axis", REFERENCES)
def test_parity_form_equals_the_reference(
    axis: str, rows: Rows, goldens: Path, parity: Callable[[str], list[float | None]]
) -> None:
    wanted = expected(goldens, axis)
    values = parity(axis)
    assert len(wanted) == len(rows) == 200
    for row, value in zip(rows, values, strict=True):
        assert value == pytest.approx(wanted[row["id"]], rel=1e-9, abs=1e-12), row["id"]


@pytest.mark.parametrize(("axis", "variant", "columns", "options"), VARIANTS)
def test_options_equal_the_variants_of_the_reference(
    axis: str, variant: int, columns: str, options: dict[str, Any], rows: Rows, goldens: Path
) -> None:
    if axis == "vocd_d":  # 10 ms a row
        rows = rows[:40]
    wanted = expected(goldens, axis, variant)
    if axis == "think_or_not" or options.get("view") == "response":
        columns = ALL
        rows = [row for row in rows if axis != "think_or_not" or not row["input"]]
    values = measured(axis, batch_of(rows, columns), parity=True, **options)
    for row, value in zip(rows, values, strict=True):
        assert value == pytest.approx(wanted[row["id"]], rel=1e-9, abs=1e-12), row["id"]


def test_canonical_values_differ_only_by_the_documented_corrections(
    rows: Rows, parity: Callable[[str], list[float | None]]
) -> None:
    batch = batch_of(rows)
    both = {axis: (parity(axis), measured(axis, batch, parity=False)) for axis in REFERENCES}
    differing = {
        axis: {row["id"] for row, p, c in zip(rows, *values, strict=True) if p != c} for axis, values in both.items()
    }
    composed = "edge-combining"  # has decomposed letters, which NFC joins
    assert differing["str_length"] == {composed}
    assert differing["think_or_not"] == differing["logical_word_count"] == set()

    def pairs(axis: str) -> list[tuple[float | None, float | None]]:
        both_forms = zip(rows, *both[axis], strict=True)
        return [(p, c) for row, p, c in both_forms if row["id"] != composed]

    assert {(p, c) for p, c in pairs("mtld") if p != c} == {(-1.0, None), (0.0, None)}
    # Tokens of punctuation no longer enlarge the population.
    assert all(c is None or (p is not None and c >= p) for p, c in pairs("hdd"))
    assert [c for p, c in pairs("compress_ratio") if c is not None] == pytest.approx(
        [p for p, c in pairs("compress_ratio") if c is not None], abs=5.1e-5
    )
    assert differing["token_length"] == {composed}
    blank = {row["id"] for row in rows if not row["output"] or not row["instruction"]}
    assert differing["token_entropy"] - blank == differing["unique_ntoken"] - blank == {composed}
    for axis in ("gram_entropy", "unique_ngram"):
        assert {(p, c) for p, c in pairs(axis) if p != c} <= {(0.0, None)}, axis
    # Prose without a block is no longer parsed as code.
    assert all(c is None or p == c for p, c in pairs("ts_python") if p == 1.0)
    # The sampled estimate scatters around the exact one.
    fitted = [(p, c) for p, c in pairs("vocd_d") if c is not None]
    assert len(fitted) > 50
    assert [c for _, c in fitted] == pytest.approx([p for p, _ in fitted], rel=0.06)
