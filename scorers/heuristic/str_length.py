"""Length of the text in Unicode code points.

Reference: StrLengthScorer; `the cat sat on the mat` and `and the dog sat on the cat` give 49.
"""

from __future__ import annotations

from scorers.batch import Batch, Column
from scorers.spec import Axis, Scorer, Settings

SCORER = Scorer(
    name="str_length",
    version="1",
    axes=(
        Axis(
            "str_length",
            "Code points of instruction and response, joined by a line feed.",
            type="integer",
            unit="characters",
            range=(0, None),
        ),
    ),
    corrections=("counts the NFC form of the text, so that equal content has equal length",),
    citation="folklore",
    reference="StrLengthScorer: 49 for 'the cat sat on the mat' + 'and the dog sat on the cat'",
    cost_us=0.4,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """Count; an empty text has length 0."""
    import pyarrow.compute as pc  # late: a listing needs no Arrow

    lengths = pc.utf8_length(batch.text(raw=settings["parity"]))
    return {"str_length": Column.of(lengths.to_numpy(zero_copy_only=False))}
