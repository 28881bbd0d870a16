"""How values are distributed: as a word of blocks within a table, or as a picture of counts by bin."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lake.catalog import Lake
from lake.relations import run
from pipelines.pictures.svg import BLUE, END, MIDDLE, ORANGE, Picture, path, picture, scale, text, title

_BLOCKS = "▁▂▃▄▅▆▇█"
_COLOURS = {"instruction": BLUE, "response": ORANGE}
_LEFT, _RIGHT, _TOP, _BOTTOM = 50, 570, 24, 164


def blocks(samples: Sequence[int]) -> str:
    """A histogram as a word of a character per bin, whose height is the count: the fullest bin is a whole block.

    A bin with anything in it stands above the line, a bin with nothing on it.
    """
    most = max(samples, default=0) or 1
    return "".join(_BLOCKS[math.ceil(n / most * (len(_BLOCKS) - 1))] for n in samples)


def lengths(lake: Lake, dataset: str) -> Picture | None:
    """How long instructions and responses are, on a logarithmic axis; None for a dataset without samples."""
    rows = run(lake.connection, "length_histogram", dataset=dataset).fetchall()
    if not rows:
        return None
    places = [(str(part), round(exponent * 8), int(n)) for part, exponent, n in rows]
    first, last = min(place for _, place, _ in places), max(place for _, place, _ in places) + 1
    most = max(n for *_, n in places)
    width = max(2, (_RIGHT - _LEFT) // (last - first))
    marks = [title(f"lengths in {dataset}"), text(_LEFT - 4, _TOP + 4, f"{most:,}", END)]
    for number, part in enumerate(sorted({part for part, _, _ in places})):
        counts = {place: n for of, place, n in places if of == part}
        heights = [round(counts.get(place, 0) / most * (_BOTTOM - _TOP)) for place in range(first, last)]
        colour = _COLOURS[part]
        marks.append(path(_steps(heights, width), f"fill='{colour}' fill-opacity='.6'"))
        marks.append(text(_RIGHT - 70 * number, 12, part, f"{END} fill='{colour}'"))
    whole = [place for place in range(first + 3, last - 2) if place % 8 == 0]
    ticks = [(_LEFT + (place - first) * width, f"{10 ** (place / 8):,.0f}") for place in (first, *whole, last)]
    marks.append(scale(ticks, _BOTTOM, _LEFT, _RIGHT, "characters"))
    return picture("histogram of lengths", 580, _BOTTOM + 32, marks)


def _steps(heights: Sequence[int], width: int) -> str:
    """The area under bars side by side, each a rise or fall and a run."""
    drawn, at = f"M{_LEFT} {_BOTTOM}", 0
    for height in heights:
        drawn += (f"v{at - height}" if height != at else "") + f"h{width}"
        at = height
    return drawn + (f"v{at}" if at else "") + "z"


def similarities(lake: Lake, view: str, threshold: float) -> Picture | None:
    """How similar the verified pairs of a view are; None without pairs."""
    bins = run(lake.connection, "similarity_histogram", view=view).fetchall()
    if not bins:
        return None
    first = min(math.floor(threshold * 100 + 1e-6), *(round(100 * float(low)) for low, _, _ in bins))
    most = max(math.log10(1 + pairs) for _, pairs, _ in bins)
    width = max(2, (_RIGHT - _LEFT) // (100 - first)) if first < 100 else _RIGHT - _LEFT

    def x(hundredths: int) -> int:
        return _LEFT + (hundredths - first) * width

    marks = [title(f"verified pairs of {view}, threshold {threshold:g}; heights are logarithmic")]
    for low, pairs, _ in bins:
        height = round(math.log10(1 + pairs) / most * (_BOTTOM - _TOP - 12))
        place = x(round(100 * float(low)))
        marks.append(path(f"M{place} {_BOTTOM}v{-height}h{width - 1}v{height}z", f"fill='{BLUE}'"))
        marks.append(text(place + width / 2, _BOTTOM - height - 2, f"{pairs:,}", f"{MIDDLE} font-size='7'"))
    ticks = [(x(each), f"{each / 100:g}") for each in range(first, 101, 5)]
    marks.append(scale(ticks, _BOTTOM, _LEFT, max(_RIGHT, x(100)), "exact Jaccard index"))
    return picture("histogram of similarities", 580, _BOTTOM + 32, marks)
