"""`oda models`: which models there are, what is measured by them, whether they are here; fetching and checking them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lake.values import KNOWN_MODEL, PATH
from pipelines.command import complete
from pipelines.command.session import Session, examples, register
from pipelines.command.terminal import table
from pipelines.command.terminal.help import ListUnlessTold

if TYPE_CHECKING:
    from pipelines.models import ModelReport

app = typer.Typer(
    cls=ListUnlessTold,
    add_completion=False,
    rich_markup_mode=None,
    help="List the models that axes are measured by, fetch them from the hub, check their files.",
    epilog=examples(
        "oda models  # the same as oda models list",
        "oda models fetch deita-quality  # into the cache of the hub's client",
        "oda models check",
    ),
)


@app.callback()
def _models() -> None:
    pass


@register(
    app,
    "list",
    "oda models list",
    "oda models list deita-quality  # one in full",
    "oda models list --json | jq '.[] | select(.state == \"absent\").model'",
)
def _list(
    session: Session,
    name: Annotated[
        str | None,
        KNOWN_MODEL,
        typer.Argument(metavar="NAME", help="Show one in full.", autocompletion=complete.models),
    ] = None,
) -> None:
    """List models: the axes measured by each, the engine that runs it here, its licence, and whether it is here.

    A name is that of a file with facts of a model (the project's own, in `<home>/models`, in folders of ODA_MODELS),
    a name of the hub, or a folder with weights.
    """
    from pipelines import models as steps
    from scorers.models.known import known

    settings = session.settings()
    found = steps.models(settings, [name] if name else None)
    left_out = known(settings).left_out if name is None else {}
    out = session.out
    if out.json:
        refused = [{"file": str(path), **why.as_dict()} for path, why in left_out.items()]
        out.document(found[0].as_dict() if name else [each.as_dict() for each in found] + refused)
        return
    if name is not None:
        _show_one(session, found[0])
        return
    table.show(
        out,
        ["model", "on the hub", "axes", "engine", "parameters", "licence", "here"],
        [
            (
                each.model,
                each.id,
                ", ".join(each.axes) or "–",
                each.engine or f"{each.engines[0]} (not installed)",
                _parameters(each.parameters),
                (each.licence or "not stated") + (", gated" if each.gated else ""),
                _state(each),
            )
            for each in found
        ],
    )
    here = sum(each.state == "here" for each in found)
    out.line(f"{table.count(len(found), 'model')}, {here} here.", "dim")
    for why in left_out.values():
        out.line(f"Left out: {why.message} {why.hint}", "yellow")
    if any(each.state == "absent" for each in found):
        out.remark("Next: oda models fetch NAME")


@register(
    app,
    "fetch",
    "oda models fetch deita-quality deita-complexity",
    "oda models fetch qwen3-8b --to /srv/models  # with its facts beside it; add /srv/models to ODA_MODELS",
    "oda models fetch qwen3-8b --tokenizer  # tokens only: for a model behind a server",
)
def _fetch(
    session: Session,
    *,
    names: Annotated[
        list[str],
        KNOWN_MODEL,
        typer.Argument(metavar="NAME", help="Models, by the names of oda models.", autocompletion=complete.models),
    ],
    to: Annotated[
        Path | None,
        PATH,
        typer.Option("--to", metavar="FOLDER", help="Fetch into it; default: the hub's cache."),
    ] = None,
    tokenizer: Annotated[bool, typer.Option("--tokenizer", help="Only the tokenizer and the configuration.")] = False,
) -> None:
    """Fetch models from the hub; what is there already is not fetched again, a run that was stopped goes on.

    The licence of a model is its owner's; models that are gated ask for consent on the hub first.
    """
    from pipelines import models as steps

    with session.progress() as progress:
        found = steps.fetch(session.settings(), names, to=to, tokenizer=tokenizer, progress=progress)
    out = session.out
    if out.json:
        out.document([each.as_dict() for each in found])
        return
    for each in found:
        what = f"{table.count(each.files, 'file')}, {each.bytes / 1e6:,.1f} MB" if each.files else "all there before"
        out.line(f"{each.model}: {what}; commit {each.revision[:12]} in {each.folder}")
    if to is not None:
        out.remark(f"Next: export ODA_MODELS={to}")


@register(
    app,
    "check",
    "oda models check  # all that are here",
    "oda models check deita-quality",
)
def _check(
    session: Session,
    names: Annotated[
        list[str] | None,
        KNOWN_MODEL,
        typer.Argument(metavar="NAME", help="Default: all that are here.", autocompletion=complete.models),
    ] = None,
) -> None:
    """Read every byte of models and compare it with the hashes the hub gave; the exit status is 1 when one differs."""
    from pipelines import models as steps

    with session.progress() as progress:
        found = steps.check(session.settings(), names or None, progress=progress)
    out = session.out
    if out.json:
        out.document([each.as_dict() for each in found])
    else:
        for each in found:
            out.line(
                f"{each.model}: {'sound' if not each.problems else 'wrong'}; {each.revision[:12]} in {each.folder}"
            )
            for file, why in each.problems:
                out.line(f"  {file or 'the folder'}: {why}", "yellow")
            if each.problems:
                out.line(f"  → oda models fetch {each.model}", "yellow")
        out.line(f"{table.count(len(found), 'model')} checked.", "dim")
    if any(each.problems for each in found):
        raise typer.Exit(1)


def _parameters(millions: float) -> str:
    if not millions:
        return "–"
    return f"{millions / 1000:.1f} B" if millions >= 1000 else f"{millions:.0f} M"


def _state(report: ModelReport) -> str:
    shown = {"here": f"yes, {report.bytes / 1e9:.1f} GB", "partial": "in part", "absent": "no", "served": "on a server"}
    return shown[report.state]


def _show_one(session: Session, report: ModelReport) -> None:
    row = {**report.as_dict(), "axes": ", ".join(report.axes), "engines": ", ".join(report.engines)}
    row |= {"parameters": _parameters(report.parameters), "max_length": f"{report.max_length:,} tokens"}
    row |= {"here": _state(report), "licence": report.licence or "not stated"}
    for hidden in ("state", "bytes"):
        del row[hidden]
    table.facts(session.out, [(key.replace("_", " "), value) for key, value in row.items() if value not in ("", False)])
