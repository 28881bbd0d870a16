"""A training on its way: what is trained, its key, and the folder it happens in."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lake.catalog import Lake
from lake.errors import UsageError
from pipelines.exporting.source import find_subject
from pipelines.training.recipes import recipe

LENGTH = 16


@dataclass(frozen=True)
class Job:
    """One training: subject with hash, recipe with settings, base model, seed.

    - run: its id, which these decide; a run that is finished is never repeated.
    """

    run: str
    subject: str
    subject_hash: str
    snapshot: int
    recipe: str
    settings: dict[str, Any]
    base: str
    seed: int

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


def job_of(
    lake: Lake, subject: str, *, recipe_name: str, base: str, seed: int, changed: dict[str, Any] | None = None
) -> Job:
    """The job of training a base model on a slice or dataset by a recipe with a seed.

    - changed: settings that differ from the recipe's; they make it another run.

    Raises UnknownNameError for a subject or recipe that is not there, UsageError for a setting the recipe lacks.
    """
    found = find_subject(lake, subject, None)
    known = recipe(recipe_name)
    settings = dict(known.settings)
    for name, value in (changed or {}).items():
        if name not in settings:
            raise UsageError(
                f"The recipe {recipe_name} has no setting {name!r}.", hint=f"It has {', '.join(settings)}."
            )
        settings[name] = value
    settings["seed"] = seed
    digest = _subject_hash(lake, subject, found.kind)
    key = json.dumps([digest, recipe_name, settings, base, seed], sort_keys=True)
    run = hashlib.sha256(key.encode()).hexdigest()[:LENGTH]
    return Job(run, subject, digest, found.snapshot, recipe_name, settings, base, seed)


def _subject_hash(lake: Lake, subject: str, kind: str) -> str:
    if kind == "slice":
        return str(lake.rows("select hash from slices where slice = ?", [subject])[0][0])
    rows = lake.rows("select content_id::varchar from samples where dataset = ? order by sample_id", [subject])
    digest = hashlib.sha256()
    for (content,) in rows:
        digest.update(content.encode())
    return digest.hexdigest()


def folder_of(lake: Lake, run: str) -> Path:
    """The folder of a run: its data, checkpoints, model and logs."""
    return lake.settings.home / "runs" / run
