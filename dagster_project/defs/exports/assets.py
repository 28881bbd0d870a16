"""Exports: a slice as a folder that other programs read, loaded back and described by a manifest."""

from pathlib import Path
from typing import Annotated

import dagster as dg

from dagster_project import metadata
from dagster_project.audits import require_sound
from dagster_project.partitions import SLICES
from dagster_project.progress import LogProgress
from dagster_project.resources import LakeResource
from lake.kinds import OrEmpty
from lake.settings import Settings
from lake.values import EXPORT_FORMAT, TEXT
from pipelines.export import ExportReport, export
from pipelines.slicing.held_items import ALLOW, REFUSE


class ExportConfig(dg.Config):
    """How to write a slice.

    - to: a format, see `oda export --help`.
    - out: the folder; by default <home>/exports/<slice>/<format>. An earlier export there is replaced.
    - allow_benchmarks: write a slice that holds benchmark items, knowingly.
    - allow_licence_conflicts: write data whose licence allows what that of a parent does not, knowingly.
    """

    to: Annotated[str, EXPORT_FORMAT] = "parquet"
    out: Annotated[str, OrEmpty(TEXT)] = ""
    allow_benchmarks: bool = False
    allow_licence_conflicts: bool = False


@dg.asset(deps=["slices"], partitions_def=SLICES, group_name="curation", kinds={"file"})
def exports(context: dg.AssetExecutionContext, config: ExportConfig, lake: LakeResource) -> dg.MaterializeResult[None]:
    """A slice in the format of those who train on it; a slice that a blocking audit refuses is not written."""
    subject = context.partition_key
    with lake.open() as opened:
        if not config.allow_benchmarks:
            require_sound(opened, dg.AssetKey("slices"), subject)
        out = _place(opened.settings, subject, config)
        about = ALLOW if config.allow_benchmarks else REFUSE
        progress = LogProgress(context.log)
        report = export(
            opened,
            subject,
            to=config.to,
            out=out,
            overwrite=True,
            benchmarks=about,
            allow_licence_conflicts=config.allow_licence_conflicts,
            progress=progress,
        )
        return dg.MaterializeResult(metadata=_told(report))


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
