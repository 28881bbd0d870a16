"""What an ingest would make of a source: the format, what is covered, some samples; nothing is written anywhere."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lake.containers import reader
from lake.containers.base import Bad
from lake.formats import coverage
from lake.formats.base import Sample, Unusable
from lake.formats.coverage import COUNTED, Coverage
from lake.formats.detect import converter
from lake.settings import Settings
from lake.sources import names
from lake.sources.resolve import ResolvedSource
from pipelines.ingesting.budget import MemoryBudget
from pipelines.ingesting.plan import Plan, probe_of

ROWS = 10_000
"""Rows that are converted, unless said otherwise."""

SHOWN = 3
_MEMORY = 512 << 20


@dataclass
class PreviewReport:
    """What an ingest would do.

    - formats: how the files are read, with the columns of the fields.
    - rows: source rows that were converted, of all there are where `complete`.
    - examples: the first samples, as fields of `samples`.
    """

    source: str
    files: int
    source_bytes: int
    formats: list[str] = field(default_factory=list)
    rows: int = 0
    complete: bool = True
    samples: int = 0
    rejected: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    coverage: dict[str, int] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    partial: bool = False
    examples: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The report as plain values."""
        return asdict(self)


def preview_of(
    found: ResolvedSource, settings: Settings, *, mapping: dict[str, str], rows: int | None = None
) -> PreviewReport:
    """Look at every record of a resolved source and convert the first ones.

    Raises SourceError and UsageError as an ingest does.
    """
    report = PreviewReport(found.uri, len(found.files), sum(file.size for file in found.files))
    counted, reasons = Coverage(), Counter[str]()
    with tempfile.TemporaryDirectory(prefix="oda-preview-") as scratch:
        plan = Plan(found.files, mapping, Path(scratch), MemoryBudget.of(_MEMORY, 1), settings.unpack_ratio)
        plan.survey(lambda blocks: map(probe_of, blocks))
        _convert(plan, report, counted, reasons, ROWS if rows is None else rows)
    report.formats = [reading.binding.describe() for reading in plan.readings]
    report.reasons = dict(reasons.most_common(10))
    report.coverage = counted.as_dict()
    report.remarks = coverage.remarks(counted, [(reading.binding, reading.records) for reading in plan.readings])
    report.left_out = [*found.left_out, *plan.left_out]
    report.partial = any(map(names.looks_like_data, report.left_out))
    return report


def _convert(plan: Plan, report: PreviewReport, counted: Coverage, reasons: Counter[str], rows: int) -> None:
    for task in plan.tasks():
        convert = converter(task.binding)
        for _, record in reader.read(task.block):
            if report.rows >= rows:
                report.complete = False
                return
            report.rows += 1
            try:
                if not isinstance(record, dict):
                    raise Unusable(record.reason if isinstance(record, Bad) else "a record must be an object")
                samples = convert(record)
            except (Unusable, RecursionError) as refusal:
                report.rejected += 1
                reasons[str(refusal)[:200]] += 1
                continue
            report.samples += len(samples)
            columns = {name: [getattr(sample, name) for sample in samples] for name in COUNTED}
            counted.count(columns, [sample.n_turns for sample in samples])
            report.examples += [_shown(sample, task.split) for sample in samples[: SHOWN - len(report.examples)]]


def _shown(sample: Sample, split: str | None) -> dict[str, Any]:
    held = sample._asdict()
    held["split"] = sample.split or split
    return {name: value for name, value in held.items() if value is not None and name != "turns"}
