"""Writes the generated part of `docs/leaderboard.md`: `python -m pipelines.leaderboard_reference FOLDER`.

FOLDER holds OpenDataArena's files of July 2025: `oda_leaderboard_2025-07.json` and `oda_scores_2025-07.json`.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from lake.catalog import Lake
from lake.relations import run as run_relation
from lake.settings import Settings
from pipelines.boards.board import Board
from pipelines.boards.findings import AxisFinding
from pipelines.boards.gather import Which
from pipelines.boards.tables import interval, markdown, number, ranks, sentence
from pipelines.import_results import import_results
from pipelines.leaderboard import agreement_of_bases, axes_against_gains, leaderboard

PAGE = Path(__file__).resolve().parents[1] / "docs" / "leaderboard.md"
ORIGIN = "oda-2025-07"
FILES = ("oda_leaderboard_2025-07.json", "oda_scores_2025-07.json")
_BASES = ("Llama-3.1-8B", "Qwen2.5-7B")
_BEGIN, _END = "<!-- generated: published results -->", "<!-- end of generated -->"


def with_published(page: str, lake: Lake) -> str:
    """The page with its generated part made anew from a lake that holds the published files."""
    text = "\n".join(_published(lake))
    return re.sub(f"{_BEGIN}.*{_END}", lambda _: f"{_BEGIN}\n{text}\n{_END}", page, flags=re.DOTALL)


def published_lake(folder: Path, home: Path) -> Lake:
    """A new lake with the published files read into it."""
    lake = Lake.open(Settings.load(home=home), create=True)
    for name in FILES:
        import_results(lake, folder / name, name=ORIGIN)
    return lake


def _published(lake: Lake) -> Iterator[str]:
    yield "### Against the base model\n"
    yield _summary(lake)
    yield "### Agreement of the two base models\n"
    rows = []
    for grouping in ("source", "catalogue"):
        rows += [
            [
                _grouping(grouping),
                item.measure,
                str(item.agreement.spearman.n),
                interval(item.agreement.spearman, 3),
                interval(item.agreement.accuracy, 2),
            ]
            for item in agreement_of_bases(lake, Which(_BASES[0], ORIGIN, "opendataarena", grouping))
        ]
    yield markdown(["domains", "measure", "datasets", "rank correlation", "pairs ordered alike"], rows, right=(2, 3, 4))
    yield "### Decision accuracy of axes and cheap proxies\n"
    for base in _BASES:
        found = axes_against_gains(lake, Which(base, ORIGIN, "opendataarena"))
        yield f"{base}, overall:\n"
        yield _axes(found)
    yield "### Rank sets\n"
    for base in _BASES:
        board = leaderboard(lake, Which(base, ORIGIN, "opendataarena"))
        yield f"<details><summary>{base}: {len(board.ranked)} datasets. {sentence(board)}</summary>\n"
        yield _ranks(board)
        yield "</details>\n"


def _grouping(name: str) -> str:
    return "as published" if name == "source" else "of the benchmarks"


def _summary(lake: Lake) -> str:
    found = run_relation(lake.connection, "board_summary").to_arrow_table().to_pylist()
    found = [row for row in found if row["level"] != "benchmark"]
    found.sort(key=lambda row: (row["base"], row["grouping"] != "source", row["measure"] != "overall", row["measure"]))
    rows = [
        [
            row["base"],
            _grouping(row["grouping"]),
            row["measure"],
            f"{row['above_base']} of {row['subjects']}",
            number(row["mean_delta"], 2, sign=True),
            str(row["above_instruct"]),
        ]
        for row in found
    ]
    headers = ["base model", "domains", "measure", "above base", "mean gain", "above instruct"]
    return markdown(headers, rows, right=(3, 4, 5))


def _axes(found: Sequence[AxisFinding]) -> str:
    rows = [
        [
            item.axis,
            str(item.agreement.spearman.n),
            interval(item.agreement.accuracy, 2),
            interval(item.certain, 2),
            interval(item.agreement.spearman, 2),
            number(item.holm, 3),
        ]
        for item in found
    ]
    headers = ["axis", "datasets", "decision accuracy", "on pairs told apart", "rank correlation", "p (Holm)"]
    return markdown(headers, rows, right=(1, 2, 3, 4, 5))


def _ranks(board: Board) -> str:
    rows = [
        [
            ranks(row),
            row.subject,
            interval(row.score),
            interval(row.delta, sign=True),
            number(row.top, 2),
            str(row.runs),
        ]
        for row in board.ranked
    ]
    return markdown(["rank", "dataset", "score", "against base", "P(top 5)", "runs"], rows, right=(2, 3, 4, 5))


def main() -> None:
    """Read the published files into a lake of their own and write the page."""
    parser = argparse.ArgumentParser(description="Write the generated part of docs/leaderboard.md.")
    parser.add_argument("folder", type=Path, help="folder of OpenDataArena's files of July 2025")
    folder = parser.parse_args().folder
    with tempfile.TemporaryDirectory() as place, published_lake(folder, Path(place) / "home") as lake:
        PAGE.write_text(with_published(PAGE.read_text(encoding="utf-8"), lake), encoding="utf-8")
    sys.stdout.write(f"Wrote {PAGE}\n")


if __name__ == "__main__":
    main()
