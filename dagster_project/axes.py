"""The axes of the scorer catalogue, as Dagster sees them: one asset each, one step for those that share their work."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from dagster_project.automation import FOLLOWS
from dagster_project.conventions import stands_in
from dagster_project.metadata import metadata
from lake.redaction import redact
from lake.settings import Settings
from pipelines.at_hand import judges_of, lacking
from pipelines.telling.shown import Facts
from scorers.catalogue import Entry
from scorers.installed import installed
from scorers.models.known import Known, known
from scorers.spec import EMBEDDINGS, Axis

Axes = dict[str, tuple[Axis, Entry]]

ACCELERATOR = "accelerator"
"""Pool of the steps that load a model: one at a time, see `pipelines.dagster_home`."""

JUDGES = "judges"
"""Pool of the steps that ask servers."""


@dataclass(frozen=True)
class Group:
    """Axes that one step measures: of a family without models, of whole datasets, or of one model.

    - engine: what measures them; pool: see Dagster's pools.
    - folder: the group of assets in which the UI folds them.
    """

    name: str
    engine: str
    folder: str
    pool: str | None = None
    axes: Axes = field(default_factory=dict)


def groups() -> tuple[list[Group], list[tuple[Axis, Entry, str]]]:
    """The axes that can be measured here, by step; and those that cannot, with what they lack. Loads no model.

    The user's own are a group, seen when the code location is loaded. Those that run only on request are a group of
    their own, which no job of every axis selects.
    """
    settings = Settings.load()
    catalogue, models = installed(settings), known(settings)
    found: dict[str, Group] = {}
    absent: list[tuple[Axis, Entry, str]] = []
    for name, (axis, entry) in catalogue.axes().items():
        if why := lacking(name, catalogue, settings, models):
            absent.append((axis, entry, why))
            continue
        group = _group(entry, settings, models)
        found.setdefault(group.name, group).axes[name] = (axis, entry)
    return list(found.values()), absent


def _group(entry: Entry, settings: Settings, models: Known) -> Group:
    scorer = entry.scorer
    judges = judges_of(scorer, settings)
    if scorer.on_request:
        return Group(f"{entry.family}_on_request", entry.family, "scores_on_request")
    if entry.family == "dataset":
        of = "vectors" if EMBEDDINGS in scorer.stored else "texts"
        return Group(f"sets_of_{of}", of, "sets")
    if judges or scorer.model:
        named = ", ".join(judges) or str(scorer.model)
        served = [name for name in judges if models.find(name).engines[0] == "openai"]
        folder, pool = ("judges", JUDGES) if served else ("models", ACCELERATOR)
        return Group(_identifier(named), named, folder, pool)
    return Group(entry.family, entry.family, "scores")


def _identifier(text: str) -> str:
    return "".join(character if character.isalnum() else "_" for character in text)


def ranges() -> dict[str, list[Any]]:
    """The range that each axis of samples declares, as parallel lists."""
    axes = [axis for axis, entry in installed(Settings.load()).axes().values() if entry.scorer.level == "sample"]
    return {
        "axes": [axis.name for axis in axes],
        "minima": [axis.range[0] for axis in axes],
        "maxima": [axis.range[1] for axis in axes],
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
    """The asset of every axis of samples that can run here by itself, for the wide table to follow."""
    return [
        axis_key(name)
        for group in groups()[0]
        for name, (_, entry) in group.axes.items()
        if entry.scorer.level == "sample"
    ]


def spec(axis: Axis, entry: Entry, group: Group) -> dg.AssetSpec:
    """The asset of an axis."""
    scorer = entry.scorer
    vectors = ["embeddings"] if EMBEDDINGS in scorer.stored else []
    return _declared(axis, entry).replace_attributes(
        deps=[*(vectors or ["samples"]), *map(axis_key, scorer.axes_read)],
        description="\n\n".join(filter(None, (axis.description, scorer.citation, _rows(axis, scorer.level)))),
        group_name=group.folder,
        tags={"engine": _tag(group.engine), "scorer": scorer.name, "direction": axis.direction},
        code_version=scorer.version_of(scorer.settings()),
        automation_condition=FOLLOWS if group.folder in ("scores", "sets") else None,
    )


def absent_spec(axis: Axis, entry: Entry, why: str) -> dg.AssetSpec:
    """The asset of an axis that cannot be measured here: shown, and part of nothing that is materialised."""
    said = f"Not measured here: {why}.\n\n{axis.description}"
    return _declared(axis, entry).replace_attributes(description=said, group_name="not_here")


def _declared(axis: Axis, entry: Entry) -> dg.AssetSpec:
    """What holds of an axis wherever it is: what it is of, what computes it, and the file that says so."""
    scorer = entry.scorer
    facts: Facts = {
        "unit": axis.unit,
        "type": axis.type,
        "range": " to ".join("∞" if end is None else f"{end:g}" for end in axis.range),
        "reads": ", ".join(scorer.sources),
        "model": scorer.model,
        "revision": scorer.revision,
    }
    return dg.AssetSpec(
        axis_key(axis.name, level=scorer.level),
        kinds={"python" if scorer.model is None else "model"},
        tags={"scorer": scorer.name, "direction": axis.direction},
        metadata=metadata(facts) | stands_in(entry.path),
    )


def _rows(axis: Axis, level: str) -> str:
    """How to look at what is stored of an axis."""
    if level != "sample":
        return f"Its values: `oda sql \"from dataset_scores where axis = '{axis.name}'\"`."
    rows = f"select dataset, sample_id, value, status from scores where axis = '{axis.name}'"
    return (
        f'Its rows: `oda sql "{rows}"`. The first of each dataset stand in `scored`, mean and quantiles in '
        "`dataset_profile`, seconds and rate of a run in its log."
    )


def _tag(text: str) -> str:
    return "".join(character if character.isalnum() or character in "-_." else "_" for character in text)[:63]
