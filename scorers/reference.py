"""Writes the table of axes into the README: `python -m scorers.reference`; a test compares it with the code."""

from __future__ import annotations

from pathlib import Path

from scorers.catalogue import catalogue
from scorers.spec import Axis, Scorer

README = Path(__file__).resolve().parent.parent / "README.md"
BEGIN, END = "<!-- axes: written by python -m scorers.reference -->", "<!-- end of axes -->"


def table() -> str:
    """The axes as a Markdown table."""
    lines = ["| axis | what it measures | range | better | reads | source |", "|---|---|---|---|---|---|"]
    for entry in catalogue().entries():
        lines += [_row(entry.scorer, axis) for axis in entry.scorer.axes]
    return "\n".join(lines)


def _row(scorer: Scorer, axis: Axis) -> str:
    better = {"higher": "higher", "lower": "lower", "none": "–"}[axis.direction]
    of, source = ", ".join(scorer.sources), scorer.citation or "–"
    return f"| `{axis.name}` | {axis.description} | {bounds(axis)} | {better} | {of} | {source} |"


def bounds(axis: Axis) -> str:
    """The range of an axis for people: `0 … ∞`."""
    low, high = axis.range
    return f"{'-∞' if low is None else f'{low:g}'} … {'∞' if high is None else f'{high:g}'}"


def with_table(text: str) -> str:
    """The README's text with the table as it should be."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def main() -> None:
    """Rewrite the table in the README."""
    README.write_text(with_table(README.read_text()))


if __name__ == "__main__":
    main()
