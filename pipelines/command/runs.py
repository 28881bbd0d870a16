"""`oda runs`: what was trained or evaluated here, with loss, tokens, time and price."""

from __future__ import annotations

from typing import Annotated

import typer

from lake.kinds import Text
from pipelines.command.session import Session, single
from pipelines.command.terminal import table


@single("runs", "oda runs", "oda runs 3f0c5a7e9b1d2c4f  # one with its losses")
def app(
    session: Session,
    run: Annotated[
        str | None, Text("the id of a run", 1000), typer.Argument(metavar="RUN", help="Show one with its losses.")
    ] = None,
) -> None:
    """List the runs: what was trained on what, by which recipe and seed, and what it cost.

    A training that goes on, or that was stopped, is listed as unfinished, with the steps and losses it has logged.
    """
    from lake.errors import UnknownNameError
    from pipelines.train import losses, runs, why_no_energy

    with session.lake() as lake:
        found = runs(lake)
        if run is not None:
            found = [row for row in found if row["run"] == run]
            if not found:
                raise UnknownNameError.of("run", run, [str(row["run"]) for row in runs(lake)])
            curve = losses(lake, run)
            found[0]["energy_detail"] = None if found[0]["energy"] is not None else why_no_energy(lake, run) or None
    if run is None:
        if session.json:
            session.out.document(found)
        elif found:
            names = [
                "run",
                "role",
                "subject",
                "recipe",
                "seed",
                "status",
                "rows",
                "steps",
                "loss",
                "seconds",
                "energy",
                "price",
            ]
            table.show(session.out, names, [tuple(row[name] for name in names) for row in found])
        else:
            session.out.line("No runs yet.")
            session.out.remark("Train with: oda train SUBJECT --recipe NAME --base MODEL")
        return
    if session.json:
        session.out.document({**found[0], "losses": curve})
        return
    table.facts(session.out, found[0].items())
    if curve:
        table.show(session.out, list(curve[0]), [tuple(row.values()) for row in curve])
