"""How many words of a list of reasoning connectives occur in the text.

`token` counts whole words after every ASCII and common full-width punctuation mark became a space; `substring`
counts non-overlapping occurrences of each listed word anywhere (`so` inside `also`).
Reference: LogicalWordCountScorer with the list of its configuration; `Leading misleading solo butter` gives
1 (token) and 6 (substring).
"""

from __future__ import annotations

from lake.kinds import OneOf
from lake.values import VIEW
from scorers.batch import Batch, Column
from scorers.spec import Axis, Option, Scorer, Settings

# The word list is the axis: it defines the number, misspelling of the reference included.
WORDS = (
    "therefore thus hence consequently since because according accordingly leading lead led leads so calculate "
    "calculates calculated calculating calculation calculations verify verifies verifing verified verification "
    "verifications verifier recall recalls recalling recalled note notes noted noting think alternatively "
    "alternative perhaps maybe however but unless wait given"
)

SCORER = Scorer(
    name="logical_word_count",
    version="1",
    axes=(
        Axis(
            "logical_word_count",
            "Occurrences of 44 connectives and reasoning verbs in instruction and response.",
            type="integer",
            unit="words",
            range=(0, None),
            direction="higher",
        ),
    ),
    options=(
        Option("match_mode", "token", "token (whole words) or substring", OneOf("match mode", ("token", "substring"))),
        Option("view", "sample", "text looked at: sample, instruction or response", VIEW),
    ),
    corrections=("NFC text, so that equal content has equal scores",),
    citation="arXiv 2512.14051",
    reference="LogicalWordCountScorer: 1 as tokens, 6 as substrings, for 'Leading misleading solo butter'",
    cost_us=7.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """Count in the lower-cased text; a text without words has 0."""
    import numpy as np  # late, like every library of a scorer
    import pyarrow.compute as pc

    from scorers.derived.buffers import buffers
    from scorers.derived.lowered import lowered
    from scorers.derived.words import classes
    from scorers.kernels.split import count_listed

    text = batch.derive(lowered, settings["view"], settings["parity"])
    listed = [word.encode() for word in WORDS.split()]
    if settings["match_mode"] == "substring":
        counts = sum(pc.count_substring(text, word).fill_null(0).to_numpy(zero_copy_only=False) for word in listed)
        return {"logical_word_count": Column.of(counts)}
    edges = np.cumsum([0, *map(len, listed)], dtype=np.int64)
    joined = np.frombuffer(b"".join(listed), dtype=np.uint8)
    counts = count_listed(*buffers(text), classes("plain"), joined, edges)
    return {"logical_word_count": Column.of(counts)}
