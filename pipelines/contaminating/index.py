"""The index of benchmark items: who has which run of words, where, and how much it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.contaminating.parameters import Scanning
from pipelines.deduping.texts import contiguous, normalised
from scorers.derived.buffers import buffers
from scorers.derived.shingle_classes import tables

Longs = npt.NDArray[np.int64]
Ints = npt.NDArray[np.int32]
Doubles = npt.NDArray[np.float64]
Lanes = npt.NDArray[np.uint64]

_STEP = np.uint64(0x9E3779B97F4A7C15)
_TEMPLATE = 0.5
"""An item of whose runs fewer than this share say something is one of a template: it needs an equal prompt."""


@dataclass(frozen=True)
class Index:
    """Runs of words of the items, and where each is.

    - table, slots, bits: to find a run by its hash.
    - starts, items, places, weights: run i is in `items[starts[i]:starts[i + 1]]`.
    - totals: weight of all runs of an item, 0 for one of a template; words: its words.
    """

    ngram: int
    numbers: bool
    table: Lanes
    slots: Ints
    bits: Lanes
    starts: Longs
    items: Ints
    places: Ints
    weights: Doubles
    totals: Doubles
    words: Ints

    @property
    def runs(self) -> int:
        """Distinct runs."""
        return len(self.starts) - 1

    def hits(self, prompts: pa.Array, responses: pa.Array) -> tuple[Ints, pa.ListArray]:
        """Words of each prompt, and where runs of items stand in prompt and response: `place << 32 | run`."""
        from scorers.kernels.leaks import run_hits  # late: numba

        first, second = (contiguous(buffers(normalised(texts))) for texts in (prompts, responses))
        kind = (self.ngram, self.numbers)
        words, edges, found = run_hits(*first, *second, *tables(), *kind, self.table, self.slots, self.bits)
        return words, pa.ListArray.from_arrays(pa.array(edges.astype(np.int32)), pa.array(found))

    def matches(self, hits: pa.Array, left_out: npt.NDArray[np.bool_]) -> dict[str, npt.NDArray[Any]]:
        """Row of `hits`, item, words covered, longest run, its place in item and text, and weight, a row per pair."""
        from scorers.kernels.leaks import matches  # late: numba

        values, edges = hits.values.to_numpy(), hits.offsets.to_numpy().astype(np.int64)
        found, weight = matches(
            edges,
            np.ascontiguousarray(values, dtype=np.int64),
            left_out,
            self.starts,
            self.items,
            self.places,
            self.weights,
            self.totals,
            self.words,
            self.ngram,
        )
        names = ("row", "item", "covered", "longest", "item_place", "place")
        return {**{name: found[:, column] for column, name in enumerate(names)}, "weight": weight}


def build(texts: pa.Array, benchmarks: npt.NDArray[Any], scanning: Scanning, *, edited: bool = False) -> Index:
    """The index of items given by text and benchmark (a number each).

    A run in more items of a benchmark than `common` says nothing about any of them; rarer ones weigh more.
    """
    from scorers.kernels.leaks import built, word_runs  # late: numba

    ngram = scanning.edited_ngram if edited else scanning.ngram
    words, ends, runs = word_runs(*contiguous(buffers(normalised(texts))), *tables(), ngram, not edited)
    sizes = np.diff(ends)
    item = np.repeat(np.arange(len(words)), sizes)
    place = np.arange(len(runs)) - ends[:-1][item]
    number = np.asarray(benchmarks, np.int64)[item]
    of_benchmark = np.bincount(np.asarray(benchmarks, np.int64), minlength=1)[number]
    frequency = _items_with(runs, number, item)
    kept = (frequency <= np.maximum(scanning.common_items, scanning.common * of_benchmark)) & (runs != 0)
    weights = (np.log1p(of_benchmark / np.maximum(frequency, 1)) / np.log1p(of_benchmark))[kept]
    runs, item, place = runs[kept], item[kept], place[kept]
    distinct, which = np.unique(runs, return_inverse=True)
    order = np.argsort(which, kind="stable")
    starts = np.zeros(len(distinct) + 1, np.int64)
    np.cumsum(np.bincount(which, minlength=len(distinct)), out=starts[1:])
    totals = np.bincount(item, weights=weights, minlength=len(words)).astype(np.float64)
    telling = np.bincount(item, minlength=len(words)) >= _TEMPLATE * sizes
    return Index(
        ngram,
        not edited,
        *built(distinct),
        starts,
        item[order].astype(np.int32),
        place[order].astype(np.int32),
        weights[order],
        np.where(telling, totals, 0.0),
        words.astype(np.int32),
    )


def _items_with(runs: Lanes, benchmark: Longs, item: Longs) -> Longs:
    """In how many items of its benchmark each run is."""
    here = (runs ^ (benchmark.astype(np.uint64) + np.uint64(1)) * _STEP) * _STEP
    _, first = np.unique(here ^ item.astype(np.uint64) * _STEP, return_index=True)
    known, counts = np.unique(here[first], return_counts=True)
    return counts[np.searchsorted(known, here)] if len(runs) else np.zeros(0, np.int64)


def common_runs(
    index: Index, hits: pa.Array, prompts: Lanes, samples: int, scanning: Scanning
) -> npt.NDArray[np.bool_]:
    """Runs that so many different prompts of so many samples have that they are a template, not an item's.

    A prompt answered many times counts once: a leaked item is no template for having been sampled often.
    """
    edges = hits.offsets.to_numpy()
    runs = hits.values.to_numpy()[edges[0] : edges[-1]] & 0xFFFFFFFF
    asked = np.repeat(prompts, np.diff(edges))
    _, first = np.unique(asked ^ runs.astype(np.uint64) * _STEP, return_index=True)
    counts = np.bincount(runs[first], minlength=index.runs)
    return counts > max(scanning.common_rows, scanning.common_samples * samples)
