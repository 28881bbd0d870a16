"""Names of the lake and the catalogue for the shell's own completion (`oda --install-completion`)."""

from __future__ import annotations

import contextlib
from pathlib import Path

import typer

from pipelines.command.session import Session


def _column(context: typer.Context, query: str) -> list[str]:
    given = context.params.get("home") or context.find_root().params.get("home")
    # Nothing a completion meets may disturb the line being typed: without an answer there are no names.
    with contextlib.suppress(Exception), Session(home=Path(given) if given else None).lake() as lake:
        return [str(row[0]) for row in lake.rows(query)]
    return []


def datasets(context: typer.Context, incomplete: str) -> list[str]:
    """Datasets of the lake beginning so."""
    names = _column(context, "select dataset from datasets order by 1")
    return [name for name in names if name.startswith(incomplete)]


def nodes(context: typer.Context, incomplete: str) -> list[str]:
    """Datasets of the lineage beginning so, in the lake or not."""
    names = _column(context, "select dataset from datasets union select dataset from lineage_nodes order by 1")
    return [name for name in names if name.startswith(incomplete)]


def slices(context: typer.Context, incomplete: str) -> list[str]:
    """Slices of the lake beginning so."""
    names = _column(context, "select slice from slices order by 1")
    return [name for name in names if name.startswith(incomplete)]


def subjects(context: typer.Context, incomplete: str) -> list[str]:
    """Slices and datasets of the lake beginning so."""
    return slices(context, incomplete) + datasets(context, incomplete)


def axes(context: typer.Context, incomplete: str) -> list[str]:
    """Axes of the installation; the last of a list `a,b,c` is completed."""
    from lake.settings import Settings
    from scorers.installed import installed

    *before, last = incomplete.split(",")
    prefix = "".join(f"{name}," for name in before)
    with contextlib.suppress(Exception):
        given = context.params.get("home") or context.find_root().params.get("home")
        known = installed(Settings.load(home=Path(given) if given else None)).axes()
        return [prefix + name for name in sorted(known) if name.startswith(last) and name not in before]
    return []


def recipes(context: typer.Context, incomplete: str) -> list[str]:  # noqa: ARG001 - the signature is typer's
    """Ready-made selections beginning so."""
    from pipelines.slicing.selection import recipe_names

    return [name for name in recipe_names() if name.startswith(incomplete)]


def parameters(context: typer.Context, incomplete: str) -> list[str]:
    """Parameters of the ready-made selection named with --file, as `name=`; those given already are left out."""
    from lake.relations import catalogue

    recipe = catalogue().get(str(context.params.get("file")))
    given = {str(each).partition("=")[0] for each in context.params.get("parameter") or ()}
    names = [parameter.name for parameter in recipe.parameters] if recipe else []
    return [f"{name}=" for name in names if name.startswith(incomplete) and name not in given]


def models(context: typer.Context, incomplete: str) -> list[str]:
    """Models of the installation beginning so."""
    from lake.settings import Settings
    from scorers.models.known import known

    with contextlib.suppress(Exception):
        given = context.params.get("home") or context.find_root().params.get("home")
        found = known(Settings.load(home=Path(given) if given else None)).models
        return [name for name in sorted(found) if name.startswith(incomplete)]
    return []
