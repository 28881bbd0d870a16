"""Whether the Python code of a response parses.

    1 when every fenced Python block is Python by the grammar of version 3.13, else 0

Python's own parser judges (`scorers.derived.python_grammar`), which is strict about indentation and what Python 2 took;
`scorers.derived.fences` says what a block is. Blocks of another language are not looked at. The parity form is the
reference's: tree-sitter-python, which recovers from errors, and also parses prose. Seed-Coder, arXiv 2506.03524.
Reference: TsPythonScorer; `Hello` gives 1, `x = = 1` gives 0.
"""

from __future__ import annotations

import re

from scorers.batch import Absence, Batch, Column
from scorers.derived.fences import blocks
from scorers.derived.python_grammar import parses, silence
from scorers.spec import Axis, Scorer, Settings

SCORER = Scorer(
    name="ts_python",
    version="2",
    axes=(
        Axis(
            "ts_python",
            "1 when every fenced Python block of the response parses, else 0.",
            type="flag",
            range=(0, 1),
            direction="higher",
        ),
    ),
    reads=("response",),
    corrections=(
        "Python's grammar judges: wrong indentation, `print x` and `a <> b` are errors",
        "only blocks tagged as Python or not tagged; a block of another language is no error",
        "a response without such a block is not_applicable: prose is not parsed as code",
        "a fence may say more than its language, be longer than three, of tildes, indented, quoted or never closed",
        "a block on one line keeps its first word, which is no language",
    ),
    citation="arXiv 2506.03524",
    reference="TsPythonScorer: 1 for 'Hello', 0 for 'x = = 1'",
    cost_us=30.0,
)

GIVEN_UP = -1

_PYTHON = frozenset({"", "py", "python", "py3", "python3"})
_REFERENCE_BLOCK = re.compile(r"```[A-Za-z0-9+\-#.]*\s*(.*?)```", re.DOTALL)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """Parse the blocks of each response that has any."""
    import numpy as np  # late, like every library of a scorer
    import pyarrow.compute as pc

    texts = batch.text("response", raw=True)
    if settings["parity"]:
        return {"ts_python": Column.of([_reference(text or "") for text in texts.to_pylist()])}
    silence()
    fenced = pc.fill_null(pc.match_substring_regex(texts, "```|~~~"), False).to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(fenced)
    verdicts = [_verdict(text) for text in texts.take(rows).to_pylist()]
    values, absent, given_up = np.zeros(len(batch)), ~fenced, np.zeros(len(batch), bool)
    values[rows] = [verdict == 1 for verdict in verdicts]
    absent[rows] = [verdict is None for verdict in verdicts]
    given_up[rows] = [verdict == GIVEN_UP for verdict in verdicts]
    absences = [
        Absence(absent, "not_applicable", "the response has no Python block"),
        Absence(given_up, "too_long", "a block is longer, or nested deeper, than Python's parser takes"),
    ]
    return {"ts_python": Column.of(values, absences)}


def _verdict(text: str) -> int | None:
    """1 or 0; GIVEN_UP where the parser gave up on a block and no other is wrong; None for no Python block."""
    found = [parses(source) for language, source in blocks(text) if source and language in _PYTHON]
    if not found:
        return None
    return 0 if False in found else GIVEN_UP if None in found else 1


def _reference(text: str) -> float:
    import tree_sitter_python
    from tree_sitter import Language, Parser

    parser = Parser(Language(tree_sitter_python.language()))
    sources = [source for block in _REFERENCE_BLOCK.findall(text) if (source := block.strip())]
    sources = sources or ([text] if text.strip() else [])
    return float(bool(sources) and all(not parser.parse(source.encode()).root_node.has_error for source in sources))
