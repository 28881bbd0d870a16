"""Bytes after zlib divided by bytes before: redundant text compresses well.

    len(zlib.compress(utf8, level)) / len(utf8), header and checksum included

Reference: CompressRatioScorer; `a` gives 9.0, `hello` 2.6: short texts exceed 1 by the container's 8 to 11 bytes.
"""

from __future__ import annotations

from lake.kinds import Whole
from scorers.batch import Absence, Batch, Column
from scorers.spec import Axis, Option, Scorer, Settings

SCORER = Scorer(
    name="compress_ratio",
    version="1",
    axes=(
        Axis(
            "compress_ratio",
            "Compressed bytes (zlib) divided by UTF-8 bytes of instruction and response.",
            unit="ratio",
            range=(0, None),
            direction="higher",
        ),
    ),
    options=(Option("level", 9, "zlib level, 0 to 9", Whole(0, 9)),),
    corrections=(
        "not rounded to 4 decimals, which made long texts equal",
        "an empty text is not_applicable, not 0: nothing was compressed",
        "NFC text, so that equal content has equal scores",
    ),
    citation="arXiv 2512.14051",
    reference="CompressRatioScorer: 9.0 for 'a', 2.6 for 'hello'",
    cost_us=50.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """Compress each text on its own."""
    import zlib  # late, like every library of a scorer
    from itertools import pairwise

    import numpy as np

    from scorers.derived.buffers import buffers
    from scorers.derived.text import empty

    raw, level = settings["parity"], settings["level"]
    data, offsets = buffers(batch.text(raw=raw))
    view, places = memoryview(data.data), offsets.tolist()
    # zlib lets go of the interpreter lock, so threads compress at once.
    sizes = [len(zlib.compress(view[a:b], level)) for a, b in pairwise(places)]
    values = np.array(sizes, dtype=np.float64) / np.maximum(np.diff(offsets), 1)
    blank = empty(batch, "sample", raw)
    if raw:
        return {"compress_ratio": Column.of(np.where(blank, 0.0, np.round(values, 4)))}
    return {"compress_ratio": Column.of(values, [Absence(blank, "not_applicable", "the text is empty")])}
