"""`oda explain`: why the lake says what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from lake.values import ANY_COUNT, NODE
from pipelines.command import complete
from pipelines.command.session import Session, examples, register
from pipelines.command.terminal import table
from pipelines.command.terminal.help import Group

if TYPE_CHECKING:
    from pipelines.tracing.explained import EdgeExplanation

app = typer.Typer(
    cls=Group,
    add_completion=False,
    rich_markup_mode=None,
    help="Say why the lake says what it says.",
    epilog=examples(
        "oda explain edge copied original  # what documents say, what was measured, pairs of samples",
        "oda dedup explain 4294967296  # of one sample: which other stands for it",
    ),
)


@app.callback()
def _explain() -> None:
    pass


@register(
    app,
    "edge",
    "oda explain edge copied original",
    "oda explain edge copied original --pairs 20  # more pairs of samples",
)
def _edge(
    session: Session,
    *,
    one: Annotated[
        str,
        NODE,
        typer.Argument(metavar="DATASET", help="A dataset.", autocompletion=complete.nodes),
    ],
    other: Annotated[
        str,
        NODE,
        typer.Argument(metavar="OTHER", help="And another, in any order.", autocompletion=complete.nodes),
    ],
    pairs: Annotated[int, ANY_COUNT, typer.Option("--pairs", metavar="N", help="Show so many pairs of samples.")] = 5,
) -> None:
    """Say what connects two datasets: the verdict, quotes of documents, measured overlap, pairs of samples."""
    from pipelines.tracing.explained import explain_edge

    with session.lake() as lake:
        found = explain_edge(lake, one, other, pairs=pairs)
    if session.json:
        session.out.document(found.as_dict())
    else:
        _tell(session, found)


def _tell(session: Session, found: EdgeExplanation) -> None:
    out = session.out
    out.line(found.verdict)
    if len(found.path) > 2:
        out.line(" <- ".join(reversed(found.path)))
    if found.claims:
        out.line("\nDocuments say:")
        for claim in found.claims:
            what = f"{claim['outcome']}{': ' + claim['reason'] if claim['reason'] else ''}"
            out.line(f"- {claim['child']} from {claim['mention']} ({claim['place']}, {claim['reader']}): {what}")
            if claim["quote"]:
                out.line(f"  “{' '.join(claim['quote'].split())}”")
    if found.shared:
        out.line("\nMeasured:")
        table.show(
            out,
            ["of", "in", "measure", "rows", "found", "share", "jaccard"],
            [
                (
                    row["dataset"],
                    row["other"],
                    row["measure"],
                    row["rows"],
                    row["found"],
                    f"{row['containment']:.1%}",
                    None if row["jaccard"] is None else round(row["jaccard"], 3),
                )
                for row in found.shared
            ],
        )
    if found.pairs:
        out.line(f"\n{table.count(found.pairs_in_all, 'pair')} of samples with the same content or prompt:")
        rows = [tuple(row[name] for name in ("sample_id", "other_id", "alike", "instruction")) for row in found.pairs]
        table.show(out, [found.child, found.parent, "alike", "instruction"], rows)
        if found.pairs_in_all > len(found.pairs):
            sql = f"from sample_pairs where dataset = '{found.child}' and other = '{found.parent}'"
            out.remark(f'All of them: oda sql "{sql}"')
