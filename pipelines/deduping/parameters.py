"""What decides which samples are near-duplicates; every value is stored with the result."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cache
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt

from lake.values import (
    ANY_COUNT,
    AXIS,
    CLUSTERING,
    COUNT,
    DATASET,
    MODEL,
    NGRAM,
    PERMUTATIONS,
    SEED,
    SHINGLES,
    SIMILARITY,
    UNIT,
    VIEW,
    check,
)

NORMALISER = 3
"""Raised when the same text would give other shingles; signatures of another number are made again."""

LANES = 16
"""Columns of `signatures` for permutations, eight in each."""

TEXTS = ("sample", "instruction", "response")
"""Views that compare a text."""

SIGNING_FIELDS = ("view", "unit", "ngram", "permutations", "seed")

_STEPS = 1000
_MISS_WEIGHT = 0.8  # a false candidate costs a verification, a missed one is lost


@dataclass(frozen=True)
class Signing:
    """What a signature depends on.

    - view: which text of a sample; unit and ngram: what a shingle is; permutations: multiple of 8, at most 128.
    """

    view: Annotated[str, VIEW] = "sample"
    unit: Annotated[str, UNIT] = "word"
    ngram: Annotated[int, NGRAM] = 5
    permutations: Annotated[int, PERMUTATIONS] = 112
    seed: Annotated[int, SEED] = 1

    def __post_init__(self) -> None:
        check(self)

    @property
    def key(self) -> str:
        """Short hash of everything: what is stored as `parameters` of a signature."""
        text = json.dumps({"normaliser": NORMALISER, **asdict(self)}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @property
    def characters(self) -> bool:
        """Whether tokens are characters."""
        return self.unit == "character"


@dataclass(frozen=True)
class Matching:
    """What a pair and a cluster depend on, beside the signatures.

    - threshold: least exact Jaccard index of a pair.
    - minimum: shingles a text needs; shorter ones match exactly or not at all.
    - complete: members of a band bucket that are all compared with each other; hubs: how many of the first
      members the rest are compared with.
    - method: components (whoever is linked) or star (every member matches its survivor).
    - prefer: datasets whose samples survive first, in order; axis: then the higher score on it.
    """

    threshold: Annotated[float, SIMILARITY] = 0.75
    minimum: Annotated[int, SHINGLES] = 5
    complete: Annotated[int, COUNT] = 256
    hubs: Annotated[int, ANY_COUNT] = 16
    method: Annotated[str, CLUSTERING] = "components"
    prefer: Annotated[tuple[str, ...], DATASET] = ()
    axis: Annotated[str, AXIS] = ""

    def __post_init__(self) -> None:
        check(self)


EMBEDDED = "meaning"
"""The view of embeddings: not a text but what a model makes of it."""

VIEWS = (*TEXTS, EMBEDDED)


@dataclass(frozen=True)
class EmbeddingComparison:
    """What a pair and a cluster depend on where embeddings are compared.

    - model: embedding model; empty for that of the settings.
    - threshold: least cosine of a pair.
    - most: neighbours kept of each sample in a cluster, the closest; seed: of the clusters that are compared.
    - method, prefer, axis: as for texts.
    """

    model: Annotated[str, MODEL] = ""
    threshold: Annotated[float, SIMILARITY] = 0.95
    most: Annotated[int, COUNT] = 64
    seed: Annotated[int, SEED] = 1
    method: Annotated[str, CLUSTERING] = "components"
    prefer: Annotated[tuple[str, ...], DATASET] = ()
    axis: Annotated[str, AXIS] = ""

    def __post_init__(self) -> None:
        check(self)


@cache
def banding(threshold: float, permutations: int) -> tuple[int, int]:
    """Bands (2 or more) and rows for a threshold: those with the least chance of an error over all similarities.

    The measure is that of `datasketch`, misses weighing four times as much as false candidates; summed here, since
    importing `datasketch` to have it integrated takes longer than signing 50,000 texts.
    """
    best, chosen = np.inf, (2, 1)
    similar = (np.arange(_STEPS) + 0.5) / _STEPS
    below = similar < threshold
    for bands in range(2, permutations + 1):
        for rows in range(1, permutations // bands + 1):
            missed = (1 - similar**rows) ** bands
            error = _MISS_WEIGHT * missed[~below].sum() + (1 - _MISS_WEIGHT) * (1 - missed[below]).sum()
            if error < best:
                best, chosen = error, (bands, rows)
    return chosen


def probability(similarity: float, bands: int, rows: int) -> float:
    """How likely a pair of that Jaccard index shares a band; equal bytes of different minima included."""
    equal = similarity + (1 - similarity) / 256
    return float(1 - (1 - equal**rows) ** bands)


@cache
def permutations(number: int, seed: int) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Odd factors and shifts: a permutation of 32-bit hashes is `hash * factor + shift`."""
    generator = np.random.Generator(np.random.PCG64(seed))
    factors = generator.integers(0, 2**31, number, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    return factors, generator.integers(0, 2**32, number, dtype=np.uint32)


def as_dict(signing: Signing, matching: Matching) -> dict[str, Any]:
    """Every parameter with its value, bands and rows included."""
    bands, rows = banding(matching.threshold, signing.permutations)
    return {"normaliser": NORMALISER, **asdict(signing), **asdict(matching), "bands": bands, "rows": rows}
