"""Sets of n-grams of the words of many texts, and how similar they are to each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from scorers.batch import Batch, Floats

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]

Split = Callable[[Batch], pa.Array]
"""A batch of n texts to LargeList<LargeString>[n]: their words."""

_STEP = np.uint64(0x9E3779B97F4A7C15)
_ROWS = 256


class ElementSets(NamedTuple):
    """n sets of numbered elements, end to end: set i is elements[offsets[i]:offsets[i + 1]], without repetition."""

    elements: Ints
    offsets: Longs
    kinds: int


def sets_of(batches: Iterator[Batch], split: Split, n: int) -> ElementSets:
    """The set of word n-grams of every text; a text of fewer than n words has an empty set."""
    vocabulary: dict[str, int] = {}
    owners, grams, count = [], [], 0
    for batch in batches:
        words = split(batch)
        texts = np.repeat(np.arange(len(words)), np.diff(words.offsets.to_numpy()))
        ids = _numbers(words.flatten(), vocabulary)
        texts, ids = texts[ids >= 0], ids[ids >= 0]
        codes = ids.astype(np.uint64)
        for shift in range(1, n):
            codes = codes[:-1] * _STEP + ids[shift:].astype(np.uint64)
        within = texts[: len(codes)] == texts[len(texts) - len(codes) :]
        owner, code = texts[: len(codes)][within], codes[within]
        order = np.lexsort((code, owner))
        owner, code = owner[order], code[order]
        first = np.ones(len(owner), bool)
        first[1:] = (np.diff(owner) != 0) | (np.diff(code) != 0)
        owners.append(owner[first] + count)
        grams.append(code[first])
        count += len(words)
    if not owners:
        return ElementSets(np.zeros(0, np.int32), np.zeros(1, np.int64), 0)
    owner = np.concatenate(owners)
    kinds, elements = np.unique(np.concatenate(grams), return_inverse=True)
    offsets = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=count))])
    return ElementSets(elements.astype(np.int32), offsets, len(kinds))


def _numbers(words: pa.Array, vocabulary: dict[str, int]) -> Longs:
    """The number of every word, -1 for an empty one."""
    encoded = words.dictionary_encode()
    known = [vocabulary.setdefault(word, len(vocabulary)) if word else -1 for word in encoded.dictionary.to_pylist()]
    return np.array(known, np.int64)[encoded.indices.to_numpy()] if len(words) else np.zeros(0, np.int64)


def mean_similarities(sets: ElementSets, threads: int) -> Floats:
    """float64[n]: the mean Jaccard similarity of every set to the others; an empty set is similar to none."""
    from scorers.kernels.jaccard import similarity_sums  # late: numba

    n = len(sets.offsets) - 1
    owners = np.repeat(np.arange(n, dtype=np.int32), np.diff(sets.offsets))
    members = owners[np.argsort(sets.elements, kind="stable")]
    starts = np.concatenate([[0], np.cumsum(np.bincount(sets.elements, minlength=sets.kinds))])

    def work(first: int) -> Floats:
        last = min(first + _ROWS, n)
        found = np.zeros(last)
        similarity_sums(sets.elements, sets.offsets, members, starts, first, last, found)
        return found

    sums = np.zeros(n)
    with ThreadPoolExecutor(threads, thread_name_prefix="sets") as pool:
        for part in pool.map(work, range(0, n, _ROWS)):
            sums[: len(part)] += part
    return sums / max(n - 1, 1)
