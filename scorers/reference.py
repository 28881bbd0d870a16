"""Writes the table of axes into the README: `python -m scorers.reference`; a test compares it with the code."""

from __future__ import annotations

from pathlib import Path

from scorers.catalogue import Entry, catalogue
from scorers.spec import Axis

README = Path(__file__).resolve().parent.parent / "README.md"
BEGIN, END = "<!-- axes: written by python -m scorers.reference -->", "<!-- end of axes -->"


GROUPS = {
    "heuristic": "one sample, without a model",
    "dataset": "a whole dataset",
    "token_signals": "tokens of a causal model",
    "ratings": "what a model says by its next token",
    "rewards": "heads of reward models and classifiers",
    "gradient_signals": "gradients of a causal model",
    "state_spectra": "hidden states of a model",
    "comparisons": "a reference or a context",
    "judgements": "answers of a judge",
    "model": "a small classifier of texts (fastText)",
}
"""What axes are computed from, for people: the folder of a scorer, or the relation that it reads."""


def table() -> str:
    """The axes as a short Markdown table: a line for what they are computed from."""
    found: dict[str, list[str]] = {}
    for entry in catalogue().entries():
        names = [axis.name for axis in entry.scorer.axes]
        found.setdefault(_group(entry), []).extend(names)
    lines = ["| computed from | | axes |", "|---|---|---|"]
    for group in sorted(found, key=lambda name: [*GROUPS, name].index(name)):
        names = sorted(found[group])
        title = GROUPS.get(group, group)
        lines.append(f"| {title} | {len(names)} | {', '.join(f'`{name}`' for name in names)} |")
    return "\n".join(lines)


def _group(entry: Entry) -> str:
    relations = [rows.relation for rows in entry.scorer.stored if rows.relation in GROUPS]
    return relations[-1] if relations else entry.family


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
