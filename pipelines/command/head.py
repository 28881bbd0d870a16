"""`oda head`: the first samples of a dataset as a person reads them."""

from __future__ import annotations

from typing import Annotated

import typer

from lake.errors import UnknownNameError
from lake.values import COUNT, DATASET
from pipelines.command import complete
from pipelines.command.session import Session, single
from pipelines.command.terminal import samples

FIELDS = "sample_id, system, instruction, response, messages, reference_answer, rejected_response, split, meta, n_turns"
_FIRST = 3


@single(
    "head",
    "oda head gsm8k  # the first three samples",
    "oda head gsm8k --limit 10 --whole  # ten, with all lines of their texts",
)
def app(
    session: Session,
    *,
    name: Annotated[
        str, DATASET, typer.Argument(metavar="NAME", help="The dataset.", autocompletion=complete.datasets)
    ],
    limit: Annotated[
        int | None, COUNT, typer.Option("--limit", metavar="N", help=f"How many samples; default: {_FIRST}.")
    ] = None,
    whole: Annotated[bool, typer.Option("--whole", help="Show all lines of long texts.")] = False,
) -> None:
    """Show the first samples of a dataset turn by turn."""
    with session.lake() as lake:
        known = [str(row[0]) for row in lake.rows("select dataset from datasets")]
        if name not in known:
            raise UnknownNameError.of("dataset", name, known)
        query = (
            f"select {FIELDS} from samples where dataset = ? order by row_no limit {_FIRST if limit is None else limit}"
        )
        found = lake.query(query, [name]).to_pylist()
    if session.json:
        session.out.document(found)
        return
    samples.show(session.out, found, whole=whole)
