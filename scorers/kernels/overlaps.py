"""Which of a few texts share many shingles with each of many texts, without comparing pair by pair."""

from __future__ import annotations

import numpy as np

from lake.compiled import kernel
from scorers.kernels.shingles import Floats, Hashes, Longs


@kernel
def overlapping(  # noqa: PLR0917 - kernels take arguments by position
    hashes: Hashes,
    edges: Longs,
    keys: Hashes,
    starts: Longs,
    holders: Longs,
    sizes: Longs,
    threshold: float,
) -> tuple[Longs, Longs, Floats]:
    """(text, one of the few, Jaccard index) of all pairs from a threshold on.

    - hashes, edges: distinct shingles of the many, text after text.
    - keys, starts, holders: sorted shingles of the few; who has `keys[i]` is `holders[starts[i]:starts[i + 1]]`.
    - sizes: distinct shingles of each of the few.
    """
    counts = np.zeros(len(sizes), dtype=np.int64)
    texts, others, values = [np.int64(0) for _ in range(0)], [np.int64(0) for _ in range(0)], [0.0 for _ in range(0)]
    for text in range(len(edges) - 1):
        own = edges[text + 1] - edges[text]
        for place in range(edges[text], edges[text + 1]):
            at = np.searchsorted(keys, hashes[place])
            if at < len(keys) and keys[at] == hashes[place]:
                for holder in range(starts[at], starts[at + 1]):
                    counts[holders[holder]] += 1
        for other in range(len(sizes)):
            if counts[other] > 0:
                value = counts[other] / (own + sizes[other] - counts[other])
                if value >= threshold:
                    texts.append(np.int64(text))
                    others.append(np.int64(other))
                    values.append(value)
                counts[other] = 0
    return np.array(texts, dtype=np.int64), np.array(others, dtype=np.int64), np.array(values, dtype=np.float32)
