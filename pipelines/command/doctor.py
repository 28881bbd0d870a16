"""`oda doctor`: whether this installation and this lake are sound, and what extras would add."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from lake.errors import OdaError
from pipelines.command.session import Session, single
from pipelines.command.terminal.output import coloured, styled

if TYPE_CHECKING:
    from pipelines.command.health import Extra, Finding
    from pipelines.models import ModelReport

_MARKS = {"ok": ("ok  ", "green"), "warn": ("warn", "yellow"), "fail": ("fail", "bold red")}


@single(
    "doctor",
    "oda doctor",
    "oda doctor --repair  # brings back dropped tables, removes rows held twice, goes on without lost files",
    "oda doctor --json | jq '.findings[] | select(.status != \"ok\")'",
)
def app(
    session: Session,
    *,
    repair: Annotated[
        bool,
        typer.Option(
            "--repair",
            help="First bring back dropped tables and views, remove rows that stand twice, and go on without lost "
            "files whose rows can be made again.",
        ),
    ] = False,
) -> None:
    """Check Python, packages, DuckDB and its extensions, the lake, disk and memory; compile what is to be compiled.

    Every finding that is not ok comes with a way out. The exit status is 1 when something required is broken.
    """
    from pipelines.command import health, lake_health

    if repair:
        _repair(session)
    found = list(health.python())
    found += _guarded("packages", health.packages)
    found += _guarded("DuckDB", health.duckdb_engine)
    try:
        settings = session.settings()
    except OdaError as error:
        found.append(health.Finding("settings", "fail", error.message, error.hint))
    else:
        found += _guarded("machine", lambda: health.machine(settings))
        found += _guarded("home", lambda: lake_health.home(settings))
        found += _guarded("lake", lambda: lake_health.lake(settings))
        found += _guarded("axes", lambda: health.added_axes(settings))
        found += _guarded("compiled loops", lambda: health.loops(settings, session.out.remark))
    found += _guarded("data of scorers", health.resources)
    extras = list(health.extras())
    models = _models(session)
    healthy = all(finding.status != "fail" for finding in found)
    if session.json:
        document = {
            "ok": healthy,
            "findings": [finding.as_dict() for finding in found],
            "extras": [extra.as_dict() for extra in extras],
            "models": [model.as_dict() for model in models],
        }
        session.out.document(document)
    else:
        _tell(session, found, extras, models)
    if not healthy:
        raise typer.Exit(1)


def _repair(session: Session) -> None:
    from lake.keys import remove_doubles, repeated
    from pipelines.repair import bring_back_dropped, give_up_lost

    with session.lake(write=True) as lake:
        for table, rows in bring_back_dropped(lake).items():
            session.out.remark(f"Brought back: {table} with {rows:,} rows." if rows else f"Made again: {table}.")
        done = give_up_lost(lake)
        for (relation, dataset), rows in done.rows.items():
            what = f"{relation} of {dataset}" if dataset else relation
            session.out.remark(f"Gone on without {rows:,} rows of {what}.")
        for command in done.commands:
            session.out.remark(f"Make them again: {command}")
        removed: dict[str, int] = {}
        if any(found.exact for found in repeated(lake.connection)):
            removed = lake.transact(remove_doubles, message="remove rows that stand there twice")
    if not session.json:
        told = ", ".join(f"{rows:,} of {relation}" for relation, rows in removed.items())
        session.out.line(f"Rows removed that stood there twice: {told or 'none'}.\n")


def _guarded(subject: str, look: Callable[[], Iterator[Finding]]) -> list[Finding]:
    """The findings of one check; a check that breaks is itself a finding, and the others still run."""
    from pipelines.command.health import Finding

    found: list[Finding] = []
    try:
        found.extend(look())
    except Exception as error:
        found.append(Finding(subject, "fail", f"{type(error).__name__}: {error}", "Set ODA_DEBUG=1 and report it."))
    return found


def _models(session: Session) -> list[ModelReport]:
    """The models that axes are measured by; none where the settings are wrong, which a finding says."""
    from pipelines.models import models

    try:
        return [model for model in models(session.settings()) if model.axes]
    except OdaError:
        return []


def _tell(session: Session, found: list[Finding], extras: list[Extra], models: list[ModelReport]) -> None:
    import sys

    out = session.out
    colour = coloured(sys.stdout)
    width = max(len(finding.subject) for finding in found)
    for finding in found:
        mark, style = _MARKS[finding.status]
        out.line(f"{styled(mark, style, enabled=colour)}  {finding.subject.ljust(width)}  {finding.message}")
        if finding.status != "ok" and finding.hint:
            out.line(f"      {' ' * width}  → {finding.hint}")
    out.line("\nExtras:")
    name_width = max((len(extra.extra) for extra in extras), default=0)
    for extra in extras:
        state = "installed" if extra.installed else "not installed"
        out.line(f"      {extra.extra.ljust(name_width)}  {state.ljust(13)}  {extra.enables}")
        if not extra.installed:
            out.line(f"      {' ' * name_width}  → {extra.hint}")
    if models:
        out.line("\nModels that axes are measured by:")
        name_width = max(len(model.model) for model in models)
        for model in models:
            state = f"runs in {model.engine}" if not model.needs else f"lacks {model.needs}"
            out.line(f"      {model.model.ljust(name_width)}  {state}: {', '.join(model.axes)}")
            if model.hint:
                out.line(f"      {' ' * name_width}  → {model.hint}")
    worst = [status for status in ("fail", "warn") if any(finding.status == status for finding in found)]
    verdict = {"fail": "Something required is broken.", "warn": "Usable; see the warnings above."}
    out.line("\n" + (verdict[worst[0]] if worst else "Everything is in order."))
