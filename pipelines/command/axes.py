"""`oda axes`: what can be measured, by which scorer, and whether this installation can; and training an axis."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lake.kinds import OneOf
from lake.values import AXIS, EPOCHS, NEW_AXIS, PATH, QUERY, ROWS, SEED, TEXT, VIEW
from pipelines.command import complete
from pipelines.command.session import Session, examples, register
from pipelines.command.terminal import table
from pipelines.command.terminal.help import ListUnlessTold

if TYPE_CHECKING:
    from scorers.catalogue import Catalogue, Entry
    from scorers.models.known import Known
    from scorers.spec import Axis


UNCALIBRATED = "uncalibrated"

app = typer.Typer(
    cls=ListUnlessTold,
    add_completion=False,
    rich_markup_mode=None,
    help="List the axes datasets can be scored on, show one in full, train one, or trust files that are axes.",
    epilog=examples(
        "oda axes  # the same as oda axes list",
        "oda axes mtld  # one in full: definition, source, options",
        "oda axes train tale_like --positive \"select sample_id from samples where dataset = 'tales'\" "
        "--negative \"select sample_id from samples where dataset = 'forum'\"",
    ),
)


@app.callback()
def _axes() -> None:
    pass


@register(
    app,
    "list",
    "oda axes list",
    "oda axes list --level dataset  # those that give one number per dataset",
    "oda axes list mtld  # one in full: definition, source, options",
)
def _list(
    session: Session,
    name: Annotated[
        str | None, AXIS, typer.Argument(metavar="NAME", help="Show one in full.", autocompletion=complete.axes)
    ] = None,
    level: Annotated[
        str | None,
        OneOf("level", ("sample", "dataset")),
        typer.Option("--level", metavar="LEVEL", help="List sample or dataset axes only."),
    ] = None,
) -> None:
    """List the axes datasets can be scored on.

    Those that come with the project, and what you add: files in `<home>/scorers` and in the folders of ODA_SCORERS,
    packages, trained axes. Files that cannot be used, or are not trusted to run, are named at the end.
    """
    from scorers.installed import installed
    from scorers.models.known import known as known_models

    if name is not None:
        session.refuse("level", beside="the name of an axis")
    out = session.out
    known, models = installed(session.settings()), known_models(session.settings())
    if name is not None:
        _show_one(session, describe(*known.axis(name), known, _calibrations(session), models=models))
        return
    left_out = known.left_out()
    calibrations = _calibrations(session)
    found = [describe(axis, entry, known, calibrations, models=models) for axis, entry in known.axes().values()]
    rows = sorted((row for row in found if level in (None, row["level"])), key=lambda row: row["axis"])
    if out.json:
        refused = [{"file": str(path), "available": False, **why.as_dict()} for path, why in left_out.items()]
        out.document(rows + refused)
        return
    table.show(
        out,
        ["axis", "what it measures", "level", "better", "range", "reads", "model", "ms/1000", "version", "available"],
        [
            (
                row["axis"],
                row["description"],
                row["level"],
                "–" if row["direction"] == "none" else row["direction"],
                _range(row["range"]),
                ", ".join(dict.fromkeys(row["reads"] + row["axes_read"])),
                _model(row),
                row["cost_ms"],
                row["version"],
                ("yes" + (f", {row['calibration']}" if row["calibration"] else ""))
                if row["available"]
                else f"needs {row['extra'] or ', '.join(row['missing'])}"
                if row["missing"]
                else f"needs {' and '.join(row['lacks'])}",
            )
            for row in rows
        ],
    )
    ready = sum(row["available"] for row in rows)
    out.line(
        f"{len(rows)} axes, {ready} ready to run here; ms/1000: time of 1,000 samples of 1,000 bytes on one core", "dim"
    )
    for why in left_out.values():
        out.line(f"Left out: {why.message} {why.hint}", "yellow")


@register(
    app,
    "trust",
    "oda axes trust  # the Python files in <home>/scorers, as they are now",
    "oda axes trust lake/dagster  # a dagster.yaml that you changed",
)
def _trust(
    session: Session,
    folder: Annotated[
        Path | None, PATH, typer.Argument(metavar="FOLDER", help="Folder of the files; <home>/scorers without it.")
    ] = None,
) -> None:
    """Let the files of a folder of a lake run: Python files that are axes, the settings of Dagster.

    A lake may come from somebody else, so they are left out until you say this once. It is kept outside the lake, by
    content: a file that changes asks again. Read the files first.
    """
    from scorers.trust import record, trust

    place = folder or session.settings().home / "scorers"
    files = trust(place)
    if session.json:
        session.out.document({"folder": str(place.resolve()), "files": files, "record": str(record())})
        return
    table.show(session.out, ["trusted", "sha256"], [(name, known[:16]) for name, known in files.items()])
    session.out.line(f"{table.count(len(files), 'file')} of {place} trusted, as written in {record()}.")


@register(
    app,
    "train",
    "oda axes train tale_like --positive \"select sample_id from samples where dataset = 'tales'\" "
    "--negative \"select sample_id from samples where dataset = 'forum'\"",
    "oda axes train hard --positive hard.sql --negative easy.sql --replace  # queries in files",
)
def _train(
    session: Session,
    *,
    name: Annotated[str, NEW_AXIS, typer.Argument(metavar="NAME", help="Name of the axis.")],
    positive: Annotated[
        str,
        QUERY,
        typer.Option("--positive", metavar="SQL", help="Query, file or recipe: sample_id of what scores high."),
    ],
    negative: Annotated[
        str,
        QUERY,
        typer.Option("--negative", metavar="SQL", help="Query, file or recipe: sample_id of what scores low."),
    ],
    description: Annotated[
        str, TEXT, typer.Option("--description", metavar="TEXT", help="What the axis measures, one sentence.")
    ] = "",
    view: Annotated[
        str, VIEW, typer.Option("--view", metavar="VIEW", help="Text it reads: sample, instruction or response.")
    ] = "sample",
    at_most: Annotated[
        int, ROWS, typer.Option("--at-most", metavar="N", help="Different contents taken from each query.")
    ] = 100_000,
    epochs: Annotated[int, EPOCHS, typer.Option("--epochs", metavar="N", help="Times each text is seen.")] = 10,
    seed: Annotated[int, SEED, typer.Option("--seed", metavar="N", help="Seed of everything random.")] = 1,
    replace: Annotated[bool, typer.Option("--replace", help="Train an axis of that name again.")] = False,
) -> None:
    """Train a fastText classifier from two queries; it becomes an axis, the probability of the positive side.

    The model is stored in `<home>/scorers` with its queries, snapshot, hash, size and accuracy on held-out texts.
    The same command at the same snapshot makes the same model. Needs the extra `models`.
    """
    from pipelines.classify import fit_axis
    from pipelines.classifying.classifier import Fitting

    fitting = Fitting(view=view, at_most=at_most, epochs=epochs, seed=seed)
    with session.lake() as lake, session.progress() as progress:
        report = fit_axis(
            lake,
            name,
            positive=positive,
            negative=negative,
            description=description,
            fitting=fitting,
            replace=replace,
            progress=progress,
        )
    out = session.out
    if out.json:
        out.document(report.as_dict())
        return
    measured = "no held-out text on one side" if report.accuracy is None else f"{report.accuracy:.1%} right"
    out.line(
        f"{name}: trained on {table.count(report.trained_on, 'text')} ({report.positives:,} positive and "
        f"{report.negatives:,} negative in all), {measured} of {report.tested_on:,} held out, "
        f"{table.duration(report.seconds)}."
    )
    if report.ambiguous:
        out.line(f"{table.count(report.ambiguous, 'text')} selected by both queries, used by neither side.")
    out.remark(f"Next: oda score --axes {name}")


def _calibrations(session: Session) -> dict[str, str]:
    """What is known of axes of judges in the lake, by axis; nothing where there is no lake."""
    from lake.errors import OdaError
    from pipelines.calibrating.states import state_of, states

    try:
        with session.lake() as lake:
            found = states(lake)
    except OdaError:
        return {}
    axes = {each.axis: [other.scorer_version for other in found if other.axis == each.axis] for each in found}
    return {axis: state_of(found, axis, versions) or "" for axis, versions in axes.items()}


def describe(
    axis: Axis, entry: Entry, known: Catalogue, calibrations: Mapping[str, str] | None = None, *, models: Known
) -> dict[str, Any]:
    """Everything declared about an axis, as plain values; cost_ms is of 1,000 samples of 1,000 bytes on one core.

    - calibrations: of axes of judges in a lake.
    - models: those that this installation knows.
    """
    from pipelines.signalling.ran_by import ran_by

    scorer = entry.scorer
    missing = known.missing(axis.name)
    by = ran_by(scorer, models)
    lacks = [each.lacks for each in by if each.lacks]
    return {
        "axis": axis.name,
        "description": axis.description,
        "definition": entry.definition,
        "scorer": scorer.name,
        "level": scorer.level,
        "type": axis.type,
        "unit": axis.unit,
        "range": list(axis.range),
        "direction": axis.direction,
        "reads": [*scorer.reads, *(rows.relation for rows in scorer.stored)],
        "axes_read": list(scorer.axes_read),
        "cost_ms": scorer.cost_us,
        "version": scorer.version,
        "calibration": (calibrations or {}).get(axis.name, UNCALIBRATED) if scorer.judged else None,
        "available": not missing and not lacks,
        "missing": missing,
        "lacks": lacks,
        "extra": scorer.extra,
        "model": scorer.model,
        "engine": ", ".join(dict.fromkeys(each.engine for each in by if each.engine)) or None,
        "revision": scorer.revision,
        "options": {option.name: option.default for option in scorer.options},
        "citation": scorer.citation,
        "reference": scorer.reference,
        "corrections": list(scorer.corrections),
        "file": str(entry.path),
    }


def _model(row: dict[str, Any]) -> str:
    """`qwen3-8b (vllm)`."""
    return f"{row['model']} ({row['engine']})" if row["model"] and row["engine"] else row["model"] or "–"


def _range(bounds: list[float | None]) -> str:
    low, high = ("…" if bound is None else f"{bound:g}" for bound in bounds)
    return f"{low} to {high}"


def _show_one(session: Session, row: dict[str, Any]) -> None:
    if session.json:
        session.out.document(row)
        return
    shown = {**row, "range": _range(row["range"]), "cost": f"{row['cost_ms']:g} ms for 1,000 samples of 1,000 bytes"}
    shown["options"] = ", ".join(f"{option}={value}" for option, value in row["options"].items())
    for key in ("reads", "axes_read", "missing", "lacks"):
        shown[key] = ", ".join(row[key])
    hidden = {"definition", "corrections", "cost_ms", "level" if row["level"] == "sample" else ""}
    table.facts(session.out, [(key.replace("_", " "), value) for key, value in shown.items() if key not in hidden])
    if row["definition"]:
        session.out.line("\nDefinition", "bold")
        session.out.line(row["definition"])
    if row["corrections"]:
        session.out.line("\nHow it differs from the reference, which --parity reproduces", "bold")
        for correction in row["corrections"]:
            session.out.line(f"- {correction}")
