"""Lexical diversity of texts given as word ids: MTLD, HD-D, the exact form of vocd-D."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lake.compiled import kernel

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

SMALLEST_DRAW = 35
_ROUNDS = 200


@kernel
def mtld_values(ids: Ints, offsets: Longs, types: Longs, threshold: float) -> Floats:
    """MTLD of n texts; NaN where there is no token, infinity where no word repeats."""
    n = len(offsets) - 1
    widest = 0
    for row in range(n):
        widest = max(widest, types[row])
    seen = np.zeros(widest + 1, dtype=np.int64)
    stamp = 0
    values = np.empty(n, dtype=np.float64)
    for row in range(n):
        start, end = offsets[row], offsets[row + 1]
        if end == start:
            values[row] = np.nan
            continue
        mean = 0.0
        for direction in range(2):
            stamp += 1
            factors, distinct, count = 0.0, 0, 0
            for step in range(end - start):
                word = ids[start + step] if direction == 0 else ids[end - 1 - step]
                if word < 0:
                    word = types[row]  # the empty word is a word of its own
                count += 1
                if seen[word] != stamp:
                    seen[word] = stamp
                    distinct += 1
                if distinct / count <= threshold:
                    factors += 1.0
                    distinct, count = 0, 0
                    stamp += 1
            if count > 0:
                factors += (1.0 - distinct / count) / (1.0 - threshold)
            mean += 0.5 * ((end - start) / factors) if factors > 0.0 else np.inf
        values[row] = mean
    return values


@kernel
def repeat_counts(ids: Ints, start: int, end: int, counts: Longs, repeats: Longs) -> tuple[int, int]:
    """Fill repeats[k] = words that occur k times; returns the words counted and the largest k.

    `counts` and `repeats` must be zero where they are read; the caller clears them.
    """
    size, most = 0, 0
    for place in range(start, end):
        word = ids[place]
        if word >= 0:
            size += 1
            counts[word] += 1
            most = max(most, counts[word])
    for place in range(start, end):
        word = ids[place]
        if word >= 0 and counts[word] > 0:
            repeats[counts[word]] += 1
            counts[word] = 0
    return size, most


@kernel
def largest(offsets: Longs) -> int:
    """The most tokens any text has."""
    most = 0
    for row in range(len(offsets) - 1):
        most = max(most, offsets[row + 1] - offsets[row])
    return most


@kernel
def hdd_values(ids: Ints, offsets: Longs, draws: int, count_empty: bool) -> Floats:
    """HD-D of n texts; NaN where there is no word.

    count_empty: punctuation-only tokens belong to the population although they form no type.
    """
    n = len(offsets) - 1
    counts = np.zeros(largest(offsets) + 1, dtype=np.int64)
    repeats = np.zeros(largest(offsets) + 2, dtype=np.int64)
    values = np.empty(n, dtype=np.float64)
    for row in range(n):
        start, end = offsets[row], offsets[row + 1]
        size, most = repeat_counts(ids, start, end, counts, repeats)
        if size == 0:
            values[row] = np.nan
            continue
        if count_empty:
            size = end - start
        sample = min(draws, size)
        total, present = 0.0, 0.0
        for k in range(1, most + 1):
            # 1 - C(N - k, s) / C(N, s) from that of k - 1, without cancellation where it is small
            present += (1.0 - present) * min(1.0, sample / (size - k + 1))
            total += repeats[k] * present
            repeats[k] = 0
        values[row] = min(1.0, total / sample)
    return values


@kernel
def vocd_values(ids: Ints, offsets: Longs, types: Longs, most_drawn: int) -> Floats:
    """D fitted to the expected type-token ratios; NaN for too few words, infinity where no word repeats."""
    n = len(offsets) - 1
    counts = np.zeros(largest(offsets) + 1, dtype=np.int64)
    repeats = np.zeros(largest(offsets) + 2, dtype=np.int64)
    ratios = np.empty(most_drawn - SMALLEST_DRAW + 1, dtype=np.float64)
    present = np.empty_like(ratios)
    values = np.empty(n, dtype=np.float64)
    for row in range(n):
        size, most = repeat_counts(ids, offsets[row], offsets[row + 1], counts, repeats)
        ratios[:] = 0.0
        present[:] = 0.0
        for k in range(1, most + 1):
            each = 1.0 / (size - k + 1)
            for index in range(len(ratios)):
                present[index] += (1.0 - present[index]) * min(1.0, (SMALLEST_DRAW + index) * each)
                ratios[index] += repeats[k] * present[index]
            repeats[k] = 0
        if size <= most_drawn:
            values[row] = np.nan
        elif types[row] == size:
            values[row] = np.inf
        else:
            for index in range(len(ratios)):
                ratios[index] /= SMALLEST_DRAW + index
            values[row] = fitted(ratios)
    return values


@kernel
def fitted(ratios: Floats) -> float:
    """The D whose curve is nearest to the ratios in least squares.

    TTR(n) = (D / n) (sqrt(1 + 2 n / D) - 1) = 2 / (1 + sqrt(1 + 2 n / D)); Gauss-Newton on log D, started from
    the D that meets the middle ratio.
    """
    middle = len(ratios) // 2
    root = max(2.0 / ratios[middle] - 1.0, 1.0 + 1e-12)
    log_d = np.log(2.0 * (SMALLEST_DRAW + middle) / (root * root - 1.0))
    for _ in range(_ROUNDS):
        slope_error, slope_slope = 0.0, 0.0
        for index in range(len(ratios)):
            q = 2.0 * (SMALLEST_DRAW + index) * np.exp(-log_d)
            s = np.sqrt(1.0 + q)
            slope = q / (s * (1.0 + s) * (1.0 + s))
            slope_error += slope * (ratios[index] - 2.0 / (1.0 + s))
            slope_slope += slope * slope
        step = min(2.0, max(-2.0, slope_error / slope_slope))
        log_d += step
        if abs(step) < 1e-13:
            break
    return float(np.exp(log_d))
