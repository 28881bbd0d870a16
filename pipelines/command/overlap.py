"""`oda overlap`: how much of every dataset is found in every other one, and what a mixture of some adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from lake.values import ANY_COUNT, DATASET, OVERLAP
from pipelines.command import complete
from pipelines.command.session import Session, single
from pipelines.command.terminal import table

if TYPE_CHECKING:
    from lake.catalog import Lake
    from pipelines.overlap import OverlapReport, Share

_SHOWN = 30

_PAIRS = """
select dataset, other, rows, found, containment, low, high, jaccard
from dataset_overlaps
where measure = ? and found > 0 and (len($2::varchar[]) = 0 or list_contains($2, dataset) or list_contains($2, other))
order by containment desc, found desc, dataset, other
"""


@single(
    "overlap",
    "oda overlap  # all pairs of datasets, by prompts of the same letters and digits",
    "oda overlap gsm8k --measure content  # what one shares with others, by equal content",
    "oda overlap alpaca dolly openr1  # a mixture in that order: how much each one adds",
    "oda overlap --sketch 1e6  # shares from a sample of keys, with intervals",
)
def app(
    session: Session,
    *,
    datasets: Annotated[
        list[str] | None,
        DATASET,
        typer.Argument(
            metavar="DATASET",
            help="One: its overlaps. Several: a mixture of them. Default: all pairs.",
            autocompletion=complete.datasets,
        ),
    ] = None,
    measure: Annotated[
        str,
        OVERLAP,
        typer.Option("--measure", metavar="MEASURE", help=f"What equal means: {', '.join(OVERLAP.names)}."),
    ] = "letters",
    sketch: Annotated[
        int,
        ANY_COUNT,
        typer.Option("--sketch", metavar="KEYS", help="Look at about so many keys only, and state intervals."),
    ] = 0,
) -> None:
    """Measure how much of every dataset is found in every other: content, prompts, word runs, near-duplicates.

    What is in the lake is brought up to date first: only new samples are read, and nothing is done where no dataset
    changed. The relations are `dataset_overlaps`, `dataset_redundancy` and, for what they mean, `measured_relations`.
    """
    from pipelines import overlap as steps  # 0.6 s: numpy, pyarrow, duckdb
    from pipelines.scoring.selection import select_datasets

    chosen = list(datasets or [])
    with session.lake(write=True) as lake, session.progress() as progress:
        select_datasets(lake, chosen or None)
        report = steps.overlap(lake, steps.Overlapping(sketch), progress=progress)
        shares = steps.mixture(lake, chosen, measure) if len(chosen) > 1 else []
        rows = [] if shares else _pairs(lake, measure, chosen)
    if session.json:
        found = {"mixture": [vars(share) for share in shares]} if shares else {"pairs": rows}
        session.out.document({**report.as_dict(), "measure": measure, **found})
    elif shares:
        _tell_mixture(session, shares)
    else:
        _tell(session, report, rows, measure)


def _pairs(lake: Lake, measure: str, datasets: list[str]) -> list[dict[str, Any]]:
    names = ("dataset", "other", "rows", "found", "containment", "low", "high", "jaccard")
    sql = _PAIRS.replace("measure = ?", "measure = $1")
    return [dict(zip(names, row, strict=True)) for row in lake.rows(sql, [measure, datasets])]


def _tell(session: Session, report: OverlapReport, rows: list[dict[str, Any]], measure: str) -> None:
    out = session.out
    sketched = report.fraction < 1
    shown = [
        (
            row["dataset"],
            row["other"],
            row["rows"],
            row["found"],
            f"{row['containment']:.1%}" + (f" ({row['low']:.1%} to {row['high']:.1%})" if sketched else ""),
            None if row["jaccard"] is None else round(row["jaccard"], 3),
        )
        for row in rows[:_SHOWN]
    ]
    if shown:
        table.show(out, ["dataset", "in", "rows", "found", "share", "jaccard"], shown)
    else:
        out.line(f"No two datasets share anything by {measure}.")
    if len(rows) > _SHOWN:
        out.remark(f'{_SHOWN} of {len(rows):,} rows; all of them: oda sql "from dataset_overlaps"')
    done = "nothing changed since the last run" if report.current else table.duration(sum(report.seconds.values()))
    out.line(f"{table.count(report.datasets, 'dataset')}, {table.count(report.samples, 'sample')}: {done}.")
    if sketched:
        out.line(f"Of all keys {report.fraction:.2%} were looked at; shares have 95 % intervals.")
    out.remark('Next: oda sql "select child, parent, relation, confidence, via from measured_relations"')


def _tell_mixture(session: Session, shares: list[Share]) -> None:
    rows = [
        (s.dataset, s.rows, s.new, f"{s.new / s.rows:.1%}" if s.rows else "", s.elsewhere, s.repeated) for s in shares
    ]
    table.show(session.out, ["dataset", "rows", "new", "share", "in those before", "repeats itself"], rows)
    every, new = sum(s.rows for s in shares), sum(s.new for s in shares)
    session.out.line(f"Together {every:,} rows, {new:,} different{f' ({new / every:.1%})' if every else ''}.")
