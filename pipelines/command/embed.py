"""`oda embed`: give samples vectors, for the axes that compare samples by meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from lake.values import DATASET, MODEL, ROWS
from pipelines.command import complete
from pipelines.command.session import Session, single
from pipelines.command.terminal import table

if TYPE_CHECKING:
    from pipelines.deriving.reports import DeriveReport


@single(
    "embed",
    "oda embed  # every dataset, with the model of the settings (ODA_EMBEDDING_MODEL)",
    "oda embed openr1  # Ctrl-C, run again: continues",
    "oda embed openr1 --model models/my-encoder  # a folder, or a sentence-transformers name of the hub",
)
def app(
    session: Session,
    *,
    datasets: Annotated[
        list[str] | None,
        DATASET,
        typer.Argument(metavar="DATASET", help="Default: every dataset.", autocompletion=complete.datasets),
    ] = None,
    model: Annotated[
        str | None,
        MODEL,
        typer.Option("--model", metavar="MODEL", help="Folder or hub name; default: the setting embedding_model."),
    ] = None,
    chunk_rows: Annotated[
        int | None, ROWS, typer.Option("--chunk-rows", metavar="N", help="Samples per commit; default: 4,096.")
    ] = None,
) -> None:
    """Embed the texts of samples with a sentence-transformers model.

    Only what is missing is computed: vectors of equal samples are copied, and a run that was stopped continues where
    its last commit was. The vectors are the relation embeddings; axes of whole datasets read those of the model in the
    settings.
    """
    from pipelines import embed as steps  # 0.6 s: numpy, pyarrow, duckdb

    with session.lake(write=True) as lake, session.progress() as progress:
        report = steps.embed(lake, datasets=datasets or None, model=model, chunk_rows=chunk_rows, progress=progress)
    if session.out.json:
        session.out.document(report.as_dict())
    else:
        _tell(session, report)


def _tell(session: Session, report: DeriveReport) -> None:
    out = session.out
    table.show(
        out,
        ["dataset", "samples", "embedded", "copied", "without text", "there before"],
        [(k.dataset, k.samples, k.derived - k.empty, k.reused, k.empty, k.skipped) for k in report.kinds],
    )
    embedded = sum(kind.derived - kind.empty for kind in report.kinds)
    model = report.kinds[0].kind if report.kinds else "the model"
    speed = f", {report.rows_per_second:,.0f} samples/s" if report.rows_per_second else ""
    out.line(f"{table.count(embedded, 'sample')} embedded by {model} in {table.duration(report.seconds)}{speed}.")
    out.remark("Next: oda score --axes vendi,novelsum,knn_distance")
