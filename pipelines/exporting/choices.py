"""What was chosen for an export, kept in the lake beside it, so that it can be made again without saying so again."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

from lake.catalog import Lake
from lake.relations import run
from pipelines.exporting.source import Subject
from pipelines.slicing.held_items import ALLOW, REFUSE


@dataclass(frozen=True)
class Choices:
    """What an export is asked for besides its format and folder; see `pipelines.export.export`."""

    benchmarks: str = REFUSE
    allow_licence_conflicts: bool = False
    reasoning: str | None = None
    at: int | None = None

    def as_json(self) -> str:
        """As they are stored."""
        return json.dumps(asdict(self), sort_keys=True)

    @property
    def without_permissions(self) -> Choices:
        """What holds for other contents as well: a permission was given for those that somebody knew."""
        benchmarks = REFUSE if self.benchmarks == ALLOW else self.benchmarks
        return replace(self, benchmarks=benchmarks, allow_licence_conflicts=False)


@dataclass(frozen=True)
class Kept:
    """The last export to a folder, with what was chosen for it."""

    format: str
    folder: str
    choices: Choices


def kept_exports(lake: Lake, subject: Subject) -> list[Kept]:
    """The exports of a slice or dataset that can be made again, the oldest first, as they would be made now."""
    now = hash_of(lake, subject)
    rows = run(lake.connection, "kept_exports", kind=subject.kind, subject=subject.name).fetchall()
    found = []
    for folder, written, text, then, _ in rows:
        choices = Choices(**json.loads(text))
        found.append(Kept(written, folder, choices if then == now else choices.without_permissions))
    return found


def hash_of(lake: Lake, subject: Subject) -> str | None:
    """What says whether it is still the same: the hash of a slice, the fingerprint of the source of a dataset."""
    if subject.slice is not None:
        return subject.slice.hash
    then = f"datasets at (version => {subject.snapshot})"
    rows = lake.rows(f"select fingerprint from {then} where dataset = ?", [subject.name])
    return rows[0][0] if rows else None
