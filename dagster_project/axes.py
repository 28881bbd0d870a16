"""The axes of the scorer catalogue, as Dagster sees them: grouped by engine, keyed `scores/<axis>`."""

from __future__ import annotations

from typing import Any

import dagster as dg

from lake.redaction import redact
from lake.settings import Settings
from scorers.catalogue import Entry
from scorers.installed import installed
from scorers.spec import Axis

Axes = dict[str, tuple[Axis, Entry]]


def engines() -> dict[str, Axes]:
    """Axes of single samples that can run here, by the family of their scorers; loads no numba and no torch.

    The user's own are a family, seen when the code location is loaded. Those that run only on request are a family of
    their own, which no job of every axis selects.
    """
    found: dict[str, Axes] = {}
    known = installed(Settings.load())
    for name, (axis, entry) in known.axes().items():
        if not entry.scorer.of_sets and not known.missing(name):
            family = entry.family + ("_on_request" if entry.scorer.on_request else "")
            found.setdefault(family, {})[name] = (axis, entry)
    return found


def set_axes() -> Axes:
    """Axes measured over whole datasets that can run here."""
    known = installed(Settings.load())
    return {
        name: (axis, entry)
        for name, (axis, entry) in known.axes().items()
        if entry.scorer.of_sets and not known.missing(name)
    }


def left_out() -> dict[str, dg.MetadataValue[Any]]:
    """Files that could be axes and are not, and why: of no use, or not trusted to run. Shown with the code location."""
    return {
        f"left out: {path.name}": dg.MetadataValue.text(redact(str(why)))
        for path, why in installed(Settings.load()).left_out().items()
    }


def axis_key(axis: str, *, level: str = "sample") -> dg.AssetKey:
    """The asset of an axis: `scores/<axis>`, of a dataset-level one `dataset_scores/<axis>`."""
    return dg.AssetKey(["scores" if level == "sample" else "dataset_scores", axis])


def axis_keys() -> list[dg.AssetKey]:
    """The asset of every axis of samples that can run here."""
    sets = [name for name, (_, entry) in set_axes().items() if entry.scorer.level == "sample"]
    return [axis_key(axis) for axes in (*engines().values(), sets) for axis in axes]
