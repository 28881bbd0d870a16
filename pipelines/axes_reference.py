"""Writes docs/axes.md from the scorers themselves and the demo lake: `python -m pipelines.axes_reference`.

Everything but the correlations comes from the declarations. The correlations are measured on the miniature arena,
which is the same everywhere.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from examples.arena.generate import generate
from lake.catalog import Lake
from lake.settings import Settings
from pipelines.ingest import ingest_many
from pipelines.profile import correlations
from pipelines.score import score
from pipelines.scoring.selection import select_datasets
from scorers.catalogue import Entry, catalogue
from scorers.reference import bounds
from scorers.spec import Axis, Scorer

PAGE = Path(__file__).resolve().parents[1] / "docs" / "axes.md"

LEAST, MOST = 0.3, 6
GOES_WITH = "- Goes with: "

Neighbours = Mapping[str, list[tuple[str, float]]]

INTRODUCTION = """\
# Axes

<!-- Written by `python -m pipelines.axes_reference`; tests compare it with the scorers and with the demo lake. -->

Everything datasets can be scored on. `oda axes` lists the same, `oda axes NAME` shows one, and [your own](extend.md)
are added by a file. A sample gets a value, or NULL with a status and a reason.

- **Cost**: milliseconds of one core for 1,000 samples of 1,000 bytes, as declared for plans (`oda score --plan`); for
  an axis of whole datasets, its share of 1,000 samples.
- **Parity**: the canonical form is the default. Where it differs from the reference implementation the differences are
  listed, and `oda score --parity` gives the reference's numbers, faults included. It reads texts as `oda ingest` stored
  them, and ingest changes a text in two cases: an `input` is joined to its instruction by a line feed, so that a form
  of the reference which treats an empty `input`, or one without an instruction, in a way of its own sees one line feed
  less; and a field that is no text (`true`, `1.0`) is stored as its JSON, where the reference has Python's (`True`).
- **Direction and range**: in every axis of embeddings a vector that is not finite, or of a length not from 1e-12 to
  1e12, counts as not embedded; of whole datasets, a result that rounding put outside its range is taken back to it,
  and one farther out has failed ([more](sets.md)).
- **Goes with**: axes of a rank correlation (Spearman) of at least 0.3 in either direction on the miniature arena of
  `make demo`, the strongest first. `oda profile` shows those of your own data.
"""


def page(neighbours: Neighbours) -> str:
    """The whole page; `neighbours` are the correlated axes of each axis."""
    parts = [INTRODUCTION]
    for level, title in (("sample", "Of single samples"), ("dataset", "Of whole datasets")):
        found = [(axis, entry) for axis, entry in catalogue().axes().values() if entry.scorer.level == level]
        if found:
            parts.append(f"## {title}\n")
        for axis, entry in sorted(found, key=lambda each: each[0].name):
            parts.append("\n".join(_section(axis, entry, neighbours.get(axis.name, []))))
    return "\n".join(parts)


def _section(axis: Axis, entry: Entry, neighbours: list[tuple[str, float]]) -> Iterator[str]:
    scorer = entry.scorer
    yield f"### `{axis.name}`\n"
    yield f"{axis.description}\n"
    yield from _facts(axis, scorer)
    if neighbours:
        yield GOES_WITH + ", ".join(f"`{name}` {rho:.2f}" for name, rho in neighbours)
    if scorer.corrections:
        yield "- Differs from the reference (`--parity` does not):"
        yield from (f"  - {correction}" for correction in scorer.corrections)
    if entry.definition:
        yield f"\n```text\n{entry.definition}\n```"
    yield ""


def _facts(axis: Axis, scorer: Scorer) -> Iterator[str]:
    better = {"higher": "higher is better", "lower": "lower is better", "none": "no side is better"}[axis.direction]
    unit = f" {axis.unit}" if axis.unit else ""
    yield f"- Range {bounds(axis)}{unit}; {better}; {axis.type}"
    yield f"- Reads {', '.join(scorer.sources)}; costs {scorer.cost_us:g} ms"
    shown = f"- Scorer `{scorer.name}`, version `{scorer.version}`"
    yield shown + (f"; needs the extra `{scorer.extra}` ({', '.join(scorer.needs)})" if scorer.needs else "")
    for option in scorer.options:
        yield f"- Option `{option.name}` = `{option.default}`: {option.description}"
    if scorer.model:
        yield f"- Model {scorer.model}" + (f", revision {scorer.revision}" if scorer.revision else "")
    if scorer.citation:
        yield f"- Source: {scorer.citation}"
    if scorer.reference:
        yield f"- Reference implementation: {scorer.reference}"


def neighbours(lake: Lake) -> dict[str, list[tuple[str, float]]]:
    """The axes each axis of the project correlates with over all samples of a lake, the strongest first."""
    known = catalogue().axes()
    found: dict[str, list[tuple[str, float]]] = {}
    for pair in correlations(lake, select_datasets(lake, None), []):
        rho = round(pair.spearman, 2) if pair.spearman is not None else 0.0
        if abs(rho) >= LEAST and pair.axis in known and pair.other in known:
            found.setdefault(pair.axis, []).append((pair.other, rho))
            found.setdefault(pair.other, []).append((pair.axis, rho))
    return {axis: sorted(others, key=lambda other: (-abs(other[1]), other[0]))[:MOST] for axis, others in found.items()}


def written_neighbours(text: str) -> dict[str, list[tuple[str, float]]]:
    """The correlated axes a page states."""
    found: dict[str, list[tuple[str, float]]] = {}
    axis = ""
    for line in text.splitlines():
        if line.startswith("### "):
            axis = line.removeprefix("### ").strip("`")
        elif line.startswith(GOES_WITH):
            pairs = [part.split("` ") for part in line.removeprefix(GOES_WITH).split(", ")]
            found[axis] = [(name.strip("`"), float(rho)) for name, rho in pairs]
    return found


def demo_lake(folder: Path) -> Lake:
    """The miniature arena, ingested and scored on every axis of the project that can run here."""
    truth = generate(folder / "arena")
    lake = Lake.open(Settings.load(home=folder / "lake"), create=True)
    ingest_many(lake, [folder / "arena" / dataset.name for dataset in truth.datasets])
    score(lake, scorers=catalogue())
    return lake


def main() -> None:
    """Score the miniature arena and write the page."""
    with tempfile.TemporaryDirectory() as folder, demo_lake(Path(folder)) as lake:
        PAGE.write_text(page(neighbours(lake)), encoding="utf-8")
    sys.stdout.write(f"Wrote {PAGE}\n")


if __name__ == "__main__":
    main()
