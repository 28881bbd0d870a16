"""Whether the Python code of a response parses.

    1 when every fenced Python block parses with tree-sitter-python without an error, else 0

A block is what stands between three backticks and the next three. Its language is the word after them on a line of
its own; blocks of another language are not looked at. The grammar also takes print statements of Python 2.
Seed-Coder, arXiv 2506.03524. Reference: TsPythonScorer; `Hello` gives 1, `x = = 1` gives 0.
"""

from __future__ import annotations

import re

from scorers.batch import Absence, Batch, Column
from scorers.spec import Axis, Scorer, Settings

SCORER = Scorer(
    name="ts_python",
    version="1",
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
        "only blocks tagged as Python or not tagged; a block of another language is no error",
        "a response without such a block is not_applicable: prose is not parsed as code",
        "a block on one line keeps its first word, which is no language",
    ),
    citation="arXiv 2506.03524",
    reference="TsPythonScorer: 1 for 'Hello', 0 for 'x = = 1'",
    cost_us=30.0,
)

_PYTHON = frozenset({"", "py", "python", "py3", "python3"})
_BLOCK = re.compile(r"```(?:([A-Za-z0-9+\-#.]*)[^\S\n]*\n)?(.*?)```", re.DOTALL)
_REFERENCE_BLOCK = re.compile(r"```[A-Za-z0-9+\-#.]*\s*(.*?)```", re.DOTALL)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """Parse the blocks of each response that has any."""
    import numpy as np  # late, like every library of a scorer
    import pyarrow.compute as pc
    import tree_sitter_python
    from tree_sitter import Language, Parser

    parser = Parser(Language(tree_sitter_python.language()))
    texts = batch.text("response", raw=True)
    if settings["parity"]:
        sources = [_reference_sources(text or "") for text in texts.to_pylist()]
    else:
        sources = [[] for _ in range(len(batch))]
        fenced = pc.fill_null(pc.match_substring(texts, "```"), False).to_numpy(zero_copy_only=False)
        rows = np.flatnonzero(fenced)
        for row, text in zip(rows.tolist(), texts.take(rows).to_pylist(), strict=True):
            sources[row] = _sources(text)
    values = [
        float(all(not parser.parse(source.encode()).root_node.has_error for source in found)) for found in sources
    ]
    nothing = np.array([not found for found in sources], dtype=np.bool_)
    if settings["parity"]:
        return {"ts_python": Column.of(np.where(nothing, 0.0, values))}
    absent = Absence(nothing, "not_applicable", "the response has no Python block")
    return {"ts_python": Column.of(values, [absent])}


def _sources(text: str) -> list[str]:
    found = [(match[1] or "", match[2].strip()) for match in _BLOCK.finditer(text)]
    return [source for language, source in found if source and language.lower() in _PYTHON]


def _reference_sources(text: str) -> list[str]:
    found = [source for block in _REFERENCE_BLOCK.findall(text) if (source := block.strip())]
    return found or ([text] if text.strip() else [])
