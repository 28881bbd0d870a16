"""Exports: a slice as a folder that other programs read, loaded back and described by a manifest."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import dagster as dg
from pydantic import Field

from dagster_project import metadata
from dagster_project.guard import require_sound
from dagster_project.partitions import SLICES
from dagster_project.progress import LogProgress
from dagster_project.resources import LakeResource
from dagster_project.steps import each, run_step, single
from lake.catalog import Lake
from lake.kinds import OrEmpty
from lake.settings import Settings
from lake.values import EXPORT_FORMAT, TEXT
from pipelines.export import ExportReport, export
from pipelines.slicing.held_items import ALLOW, REFUSE


class ExportConfig(dg.Config):
    """How to write a slice."""

    to: Annotated[str, EXPORT_FORMAT] = Field("parquet", description=EXPORT_FORMAT.accepts)
    out: Annotated[str, OrEmpty(TEXT)] = Field(
        "", description="the folder (default: <home>/exports/<slice>/<format>); an earlier export there is replaced"
    )
    allow_benchmarks: bool = Field(False, description="write a slice that holds benchmark items, knowingly")
    allow_licence_conflicts: bool = Field(
        False, description="write data whose licence allows what that of a parent does not, knowingly"
    )


@single(
    "exports",
    deps=["slices"],
    description="A slice in the format of those who train on it; one that a blocking audit refuses is not written.",
    group="curation",
    kinds={"file"},
    partitions=SLICES,
)
def exports(context: dg.AssetExecutionContext, config: ExportConfig, lake: LakeResource) -> Iterator[Any]:
    """Write each slice, and read it back."""

    def one(opened: Lake, subject: str) -> metadata.Metadata:
        if not config.allow_benchmarks:
            require_sound(opened, dg.AssetKey("slices"), subject)
        about = ALLOW if config.allow_benchmarks else REFUSE
        report = export(
            opened,
            subject,
            to=config.to,
            out=_place(opened.settings, subject, config),
            overwrite=True,
            benchmarks=about,
            allow_licence_conflicts=config.allow_licence_conflicts,
            progress=LogProgress(context.log),
        )
        return _told(report)

    yield from run_step(context, lake, each("exports", one))


def _place(settings: Settings, subject: str, config: ExportConfig) -> Path:
    return Path(config.out).expanduser() if config.out else settings.home / "exports" / subject / config.to


def _told(report: ExportReport) -> metadata.Metadata:
    skipped = sum(report.skipped.values())
    rows = report.rows + skipped
    facts = {
        "dagster/row_count": report.rows,
        "skipped": skipped,
        "coverage": report.rows / rows if rows else None,
        "bytes": report.bytes,
        "seconds": report.seconds,
        "rows_per_second": metadata.rate(report.rows, report.seconds),
        "format": report.format,
        "snapshot": report.snapshot,
        "manifest_hash": report.manifest_hash,
    }
    told = metadata.numbers(facts) | {"path": dg.MetadataValue.path(report.path)}
    told["files"] = metadata.counts_table("file", report.files)
    for name, counts in (("skipped_reasons", report.skipped), ("not_carried", report.not_carried)):
        if counts:
            told[name] = metadata.counts_table("reason" if name == "skipped_reasons" else "field", counts)
    return told
