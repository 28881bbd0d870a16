"""Exports: a slice as a folder that other programs read, loaded back and described by a manifest."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Annotated, Any

import dagster as dg
from pydantic import Field

from dagster_project.guard import require_sound
from dagster_project.partitions import SLICES
from dagster_project.progress import LogProgress
from dagster_project.resources import LakeResource
from dagster_project.steps import each, run_step, single
from lake.catalog import Lake
from lake.kinds import OrEmpty
from lake.values import EXPORT_FORMAT, TEXT
from pipelines.export import export
from pipelines.exporting.choices import Choices, Kept, kept_exports
from pipelines.exporting.source import find_subject
from pipelines.slicing.held_items import ALLOW, LEAVE_OUT, REFUSE
from pipelines.telling.exports import of_exports
from pipelines.telling.shown import Facts

_LEAKS = "benchmark_leaks"
_FIRST = "parquet"


class ExportConfig(dg.Config):
    """How to write a slice; left empty, its exports are made again as the lake remembers them."""

    to: Annotated[str, OrEmpty(EXPORT_FORMAT)] = Field(
        "",
        description=f"{EXPORT_FORMAT.accepts}; what was chosen for that format before holds (default: every export "
        f"that the lake remembers of the slice, or {_FIRST})",
    )
    out: Annotated[str, OrEmpty(TEXT)] = Field(
        "",
        description="the folder; an earlier export there is replaced (default: where the slice was written in that "
        "format before, or <home>/exports/<slice>/<format>)",
    )
    reasoning: Annotated[str, OrEmpty(TEXT)] = Field(
        "", description="a column of the source, or a key of turns, whose texts go before the answers as <think>"
    )
    decontaminate: bool = Field(False, description="leave out samples that are or hold benchmark items, and list them")
    allow_benchmarks: bool = Field(False, description="write a slice that holds benchmark items, knowingly")
    allow_licence_conflicts: bool = Field(
        False, description="write data whose licence allows what that of a parent does not, knowingly"
    )

    def beside(self, kept: Choices) -> Choices:
        """What is said here, and what was chosen before where nothing is."""
        return replace(
            kept,
            benchmarks=ALLOW if self.allow_benchmarks else LEAVE_OUT if self.decontaminate else kept.benchmarks,
            allow_licence_conflicts=self.allow_licence_conflicts or kept.allow_licence_conflicts,
            reasoning=self.reasoning or kept.reasoning,
        )


@single(
    "exports",
    deps=["slices"],
    description="A slice in the formats of those who train on it; one that a blocking audit refuses is not written.\n\n"
    "Formats, folders and choices stay in the lake, so that a run needs to say none of them again.",
    group="curation",
    kinds={"file"},
    partitions=SLICES,
)
def exports(context: dg.AssetExecutionContext, config: ExportConfig, lake: LakeResource) -> Iterator[Any]:
    """Write each slice, and read it back."""

    def one(opened: Lake, subject: str) -> Facts:
        reports = []
        for asked in _asked(opened, subject, config):
            require_sound(
                opened,
                dg.AssetKey("slices"),
                subject,
                settled=() if asked.choices.benchmarks == REFUSE else (_LEAKS,),
            )
            reports.append(
                export(
                    opened,
                    f"slice:{subject}",
                    to=asked.format,
                    out=asked.folder,
                    overwrite=True,
                    progress=LogProgress(context.log),
                    **asdict(asked.choices),
                )
            )
        return of_exports(reports)

    yield from run_step(context, lake, each("exports", one))


def _asked(lake: Lake, subject: str, config: ExportConfig) -> list[Kept]:
    """The exports to make: those the lake remembers of the format, or a first one."""
    found: list[Kept] = []
    if not config.out:
        every = kept_exports(lake, find_subject(lake, f"slice:{subject}", None))
        found = [kept for kept in every if config.to in ("", kept.format)]
    if not found:
        to = config.to or _FIRST
        folder = config.out or str(lake.settings.home / "exports" / subject / to)
        found = [Kept(to, folder, Choices())]
    return [replace(kept, choices=config.beside(kept.choices)) for kept in found]
