"""Where the rows of a partition come from: what the run says, what the lake remembers, what lies in the inbox."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import dagster as dg
from pydantic import Field

from lake.catalog import Lake
from lake.errors import UsageError
from lake.kinds import OrEmpty
from lake.names import cleaned_name
from lake.sources import names
from lake.sources.description import Description
from lake.sources.resolve import resolve
from lake.values import KIND_OF_DATASET, SOURCE
from pipelines.ingesting.commit import LINKS_FOLLOWED

_FACTS = ("domains", "license", "released", "parents", "card")


class SourceConfig(dg.Config):
    """What to read; everything left empty stays as the lake remembers it."""

    source: Annotated[str, OrEmpty(SOURCE)] = Field("", description=f"{SOURCE.accepts}; of one dataset only")
    kind: Annotated[str, OrEmpty(KIND_OF_DATASET)] = Field("", description=KIND_OF_DATASET.accepts)
    mapping: dict[str, str] = Field({}, description="canonical field to source column, where detection needs help")
    replace: bool = Field(False, description="let another source take the place of the one remembered")
    follow_links: bool = Field(
        False,
        description="read what symbolic links within a folder lead to outside of it; once said, it is remembered",
    )

    def check(self, partitions: Sequence[str]) -> None:
        """Refuse one source for several datasets; raises Failure."""
        if self.source and len(partitions) > 1:
            raise dg.Failure(
                f"One source was given for {len(partitions)} datasets.",
                metadata={"hint": "Leave `source` empty in a run over several partitions, or run one of them."},
            )


def ingest_arguments(lake: Lake, dataset: str, config: SourceConfig) -> dict[str, Any]:
    """Arguments for `pipelines.ingest.ingest` that leave an unchanged source untouched.

    Raises UsageError when nothing says where the dataset comes from.
    """
    known = lake.rows(
        f"select source, kind, mapping::varchar, fingerprint, {', '.join(_FACTS)} from datasets where dataset = ?",
        [dataset],
    )
    source, kind, mapping, fingerprint, *facts = known[0] if known else (None,) * (4 + len(_FACTS))
    found = config.source or source or _in_inbox(lake.settings.inbox_path, dataset)
    if not found:
        raise UsageError(
            f"Nothing says where dataset {dataset!r} comes from.",
            hint=f"Give `source` in the run's config, or put it into {lake.settings.inbox_path}.",
        )
    follow = config.follow_links or lake.settings.follow_links or (fingerprint or "").endswith(LINKS_FOLLOWED)
    described = _remembered(lake, str(found), dict(zip(_FACTS, facts, strict=True)), follow) if known else None
    return {
        "source": found,
        "name": dataset,
        "kind": config.kind or kind,
        "mapping": {**json.loads(mapping or "{}"), **config.mapping},
        "description": described,
        "replace": config.replace,
        "follow_links": follow,
    }


def _remembered(lake: Lake, source: str, facts: dict[str, Any], follow_links: bool) -> Description | None:
    """What was once said by flags; where the source describes itself, it is right."""
    own = resolve(source, cache=lake.settings.home / "hub", follow_links=follow_links).description
    kept = {name: value for name, value in facts.items() if value and not getattr(own, name)}
    return Description(**kept) if kept else None


def _in_inbox(inbox: Path, dataset: str) -> str | None:
    entries = sorted(inbox.iterdir()) if inbox.is_dir() else []
    return next((str(entry) for entry in entries if partition_of(entry) == dataset), None)


def partition_of(entry: Path) -> str:
    """The name a file or folder of the inbox gets as a dataset: its own, without suffixes, cleaned."""
    return cleaned_name("dataset", entry.name if entry.is_dir() else names.stem(entry.name))
