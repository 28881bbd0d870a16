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

    def matches(self, hits: pa.Array) -> dict[str, npt.NDArray[Any]]:
        """Row of `hits`, item, words covered, longest run, its place in item and text, and weight, a row per pair."""
        from scorers.kernels.leaks import matches  # late: numba

        values, edges = hits.values.to_numpy(), hits.offsets.to_numpy().astype(np.int64)
        found, weight = matches(
            edges,
            np.ascontiguousarray(values, dtype=np.int64),
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


def hits(
    plain: Index, edited: Index, prompts: pa.Array, responses: pa.Array
) -> tuple[Ints, pa.ListArray, pa.ListArray]:
    """Words of each prompt, and where runs of both indices stand in prompt and response: `place << 32 | run`.

    - edited: the index in which numbers do not matter.
    """
    from scorers.kernels.leaks import run_hits  # late: numba

    first, second = (contiguous(buffers(normalised(texts))) for texts in (prompts, responses))
    words, edges, places, edited_edges, edited_places = run_hits(
        *first,
        *second,
        *tables(),
        plain.ngram,
        plain.table,
        plain.slots,
        plain.bits,
        edited.ngram,
        edited.table,
        edited.slots,
        edited.bits,
    )
    return words, _listed(edges, places), _listed(edited_edges, edited_places)


def _listed(edges: Longs, values: Longs) -> pa.ListArray:
    return pa.ListArray.from_arrays(pa.array(edges.astype(np.int32)), pa.array(values))


def build(texts: pa.Array, benchmarks: npt.NDArray[Any], scanning: Scanning, *, edited: bool = False) -> Index:
    """The index of items given by text and benchmark (a number each).

    A run in more items of a benchmark than `common` says nothing about any of them; rarer ones weigh more. An item is
    of a template where most of its runs say nothing; where numbers do not matter, runs of little else count for that
    only where the rest is too short to be an item.
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
    said = np.bincount(item[runs != 0], minlength=len(words))  # of numbers and signs alone nothing can be said
    kept = (frequency <= np.maximum(scanning.common_items, scanning.common * of_benchmark)) & (runs != 0)
    weights = (np.log1p(of_benchmark / np.maximum(frequency, 1)) / np.log1p(of_benchmark))[kept]
    runs, item, place = runs[kept], item[kept], place[kept]
    distinct, which = np.unique(runs, return_inverse=True)
    order = np.argsort(which, kind="stable")
    starts = np.zeros(len(distinct) + 1, np.int64)
    np.cumsum(np.bincount(which, minlength=len(distinct)), out=starts[1:])
    totals = np.bincount(item, weights=weights, minlength=len(words)).astype(np.float64)
    many = np.bincount(item, minlength=len(words))
    telling = many >= _TEMPLATE * sizes
    if edited:
        telling |= (many >= _TEMPLATE * said) & (many + ngram > scanning.short)
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


def common_runs(hits: pa.Array, groups: Longs, prompts: Lanes, samples: npt.NDArray[Any], scanning: Scanning) -> Longs:
    """`group << 32 | run` of runs that so many different prompts of a group have that they are a template, sorted.

    - groups: the group, such as a dataset, of each row of `hits`, from 0; samples: how many each group has.

    A prompt answered many times counts once: a leaked item is no template for having been sampled often.
    """
    marked, row = marks(hits, groups)
    asked = prompts[row]
    _, first = np.unique(asked ^ marked.astype(np.uint64) * _STEP, return_index=True)
    known, counts = np.unique(marked[first], return_counts=True)
    most = np.maximum(scanning.common_rows, scanning.common_samples * samples[known >> 32])
    common: Longs = known[counts > most]
    return common


def marks(hits: pa.Array, groups: Longs) -> tuple[Longs, Longs]:
    """`group << 32 | run` of every hit, and its row."""
    edges = hits.offsets.to_numpy().astype(np.int64)
    row = np.repeat(np.arange(len(hits)), np.diff(edges))
    return groups[row] << 32 | hits.values.to_numpy()[edges[0] : edges[-1]] & 0xFFFFFFFF, row


def without(hits: pa.Array, groups: Longs, common: Longs) -> pa.LargeListArray:
    """The hits but for runs that are common in the group of their row."""
    marked, row = marks(hits, groups)
    stays = ~np.isin(marked, common)
    edges = np.zeros(len(hits) + 1, np.int64)
    np.cumsum(np.bincount(row[stays], minlength=len(hits)), out=edges[1:])
    begin = hits.offsets[0].as_py() if len(hits) else 0
    return pa.LargeListArray.from_arrays(
        pa.array(edges), pa.array(hits.values.to_numpy()[begin : begin + len(stays)][stays])
    )
