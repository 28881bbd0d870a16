"""Ingest: native dataset files into samples, rejects and one row of `datasets`, in one commit per dataset."""

from __future__ import annotations

import datetime as dt
import shutil
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from lake.catalog import Lake
from lake.errors import OdaError, SourceError, StorageError, UnknownNameError, UsageError
from lake.formats import coverage
from lake.memory import limit_bytes
from lake.names import cleaned_name, validate_name
from lake.settings import Settings
from lake.sources import names
from lake.sources.description import Description, merge
from lake.sources.fingerprint import fingerprint
from lake.sources.resolve import ResolvedSource, resolve
from lake.staging import discarded_on_failure
from pipelines.ingesting import commit as commits
from pipelines.ingesting.benchmarks import benchmark_remarks
from pipelines.ingesting.budget import MemoryBudget
from pipelines.ingesting.convert import Converted, Job
from pipelines.ingesting.plan import Plan
from pipelines.ingesting.preview import PreviewReport, preview_of
from pipelines.ingesting.run import convert_all
from pipelines.ingesting.writer import as_json
from pipelines.progress import Progress, Silent

KINDS = ("train", "benchmark")


@dataclass(frozen=True)
class IngestReport:
    """What an ingest did: status is ingested, replaced or unchanged; seconds is wall time."""

    dataset: str
    status: str
    kind: str
    format: str
    samples: int
    rejected: int
    reasons: dict[str, int]
    files: int
    source_bytes: int
    carried_scores: int
    seconds: float
    snapshot: int
    unfollowed: tuple[str, ...] = ()
    """Symbolic links of the source that were not followed, each with where it leads."""
    remarks: tuple[str, ...] = ()
    """What to look at: no responses, one answer everywhere, training data that looks like a benchmark."""

    coverage: dict[str, int] = field(default_factory=dict)
    """How many samples have a response, a reference answer, a system prompt, several turns."""

    left_out: tuple[str, ...] = ()
    """Files of the source that were not read."""

    partial: bool = False
    """Whether a file that looks like data was not read."""

    def as_dict(self) -> dict[str, Any]:
        """The report as plain values."""
        return asdict(self)


@dataclass(frozen=True)
class BatchReport:
    """What a batch of ingests did: reports of those that went through, errors of those that did not."""

    reports: tuple[IngestReport, ...]
    failures: tuple[tuple[str, OdaError], ...]

    def as_dict(self) -> dict[str, Any]:
        """The report as plain values."""
        failed = [{"source": source, **error.as_dict()} for source, error in self.failures]
        return {"ingested": [report.as_dict() for report in self.reports], "failed": failed}


def ingest(
    lake: Lake,
    source: str | Path,
    *,
    name: str | None = None,
    kind: str | None = None,
    description: Description | None = None,
    mapping: dict[str, str] | None = None,
    replace: bool = False,
    follow_links: bool | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> IngestReport:
    """Read a file, folder, glob or `hf://org/name` as one dataset.

    - name: defaults to the description's, else the source's own name.
    - kind: train (default) or benchmark.
    - description: what flags say about it; wins over `dataset.yaml` beside the data.
    - mapping: canonical field -> source column, where detection needs help.
    - replace: allow another source to take the place of a dataset of that name.
    - follow_links: read what symbolic links within a folder lead to outside of it; None as the settings say.

    The same source unchanged is a no-op; changed, it replaces the dataset in one commit and scores of equal
    content are carried over. Raises SourceError with file, offset and reason, and leaves the lake as it was.
    """
    began = time.monotonic()
    progress = progress or Silent()
    follow_links = lake.settings.follow_links if follow_links is None else follow_links
    found = resolve(source, cache=lake.settings.home / "hub", progress=progress, follow_links=follow_links)
    described = merge(found.description, **_given(description))
    dataset = _dataset_name(name, described, found)
    kind = kind or described.kind or "train"
    if kind not in KINDS:
        raise UnknownNameError.of("kind of dataset", kind, KINDS)
    mapping = {**described.mapping, **(mapping or {})}
    print_of_source = fingerprint(found, mapping=mapping, description=described) + f":{kind}"
    print_of_source += commits.LINKS_FOLLOWED if follow_links else ""
    before = commits.standing(lake.connection, dataset)
    if before is not None and before.source != found.uri and not replace:
        raise UsageError(
            f"There is already a dataset {dataset!r}, read from {before.source}.",
            hint=f"Choose another name with --name, or replace it with: oda ingest {source} --name {dataset} --replace",
        )
    if before is not None and before.source == found.uri and before.fingerprint == print_of_source:
        seconds = time.monotonic() - began
        size = sum(file.size for file in found.files)
        return IngestReport(
            dataset, "unchanged", kind, before.format, before.rows, before.rejected, {}, len(found.files), size, 0,
            seconds, lake.snapshot, found.unfollowed, before.remarks, before.coverage, before.left_out,
            any(map(names.looks_like_data, before.left_out)),
        )  # fmt: skip
    number = before.dataset_no if before else commits.reserve_number(lake, dataset)
    outcome, plan = _convert(lake, dataset, number, found, mapping=mapping, workers=workers, progress=progress)
    facts: dict[str, Any] = {
        "dataset": dataset,
        "dataset_no": number,
        "kind": kind,
        "domains": described.domains,
        "source": found.uri,
        "revision": found.revision,
        "fingerprint": print_of_source,
        "license": described.license,
        "released": described.released,
        "parents": described.parents,
        "card": described.card,
        "format": _format_of(plan),
        "mapping": as_json(mapping) if mapping else None,
        "rows": outcome.samples,
        "rejected": outcome.rejected,
        "source_bytes": sum(file.size for file in found.files),
        "ingested": dt.datetime.now(dt.UTC).replace(tzinfo=None),
        "coverage": as_json(outcome.coverage.as_dict()),
        "remarks": _remarks(outcome, plan),
        "left_out": [*found.left_out, *plan.left_out],
    }
    samples, rejects = outcome.files["samples"], outcome.files["rejects"]
    with discarded_on_failure([*samples, *rejects]):
        carried = commits.commit(lake, facts, samples=samples, rejects=rejects, replaces=before)
    return IngestReport(
        dataset=dataset,
        status="replaced" if before else "ingested",
        kind=kind,
        format=str(facts["format"]),
        samples=outcome.samples,
        rejected=outcome.rejected,
        reasons=_reasons(lake, dataset) if outcome.rejected else {},
        files=len(found.files),
        source_bytes=int(str(facts["source_bytes"])),
        carried_scores=carried,
        seconds=time.monotonic() - began,
        snapshot=lake.snapshot,
        unfollowed=found.unfollowed,
        remarks=(*facts["remarks"], *(benchmark_remarks(lake, dataset, found.uri) if kind == "train" else ())),
        coverage=outcome.coverage.as_dict(),
        left_out=tuple(facts["left_out"]),
        partial=any(map(names.looks_like_data, facts["left_out"])),
    )


def _remarks(outcome: Converted, plan: Plan) -> list[str]:
    """What to look at in what was read, as stored with the dataset."""
    return coverage.remarks(outcome.coverage, [(reading.binding, reading.records) for reading in plan.readings])


def preview(
    settings: Settings,
    source: str | Path,
    *,
    mapping: dict[str, str] | None = None,
    rows: int | None = None,
    follow_links: bool | None = None,
) -> PreviewReport:
    """What `ingest` would make of a source, by all of its records; only the first rows are converted, none is written.

    Raises as `ingest` does.
    """
    follow_links = settings.follow_links if follow_links is None else follow_links
    found = resolve(source, cache=settings.home / "hub", follow_links=follow_links)
    return preview_of(found, settings, mapping={**found.description.mapping, **(mapping or {})}, rows=rows)


def _given(description: Description | None) -> dict[str, Any]:
    return {} if description is None else description.model_dump(exclude_unset=True)


def _dataset_name(name: str | None, described: Description, found: ResolvedSource) -> str:
    if name is not None:
        return validate_name("dataset", name)
    return validate_name("dataset", described.name or cleaned_name("dataset", found.suggested_name))


def _convert(
    lake: Lake,
    dataset: str,
    number: int,
    found: ResolvedSource,
    *,
    mapping: dict[str, str],
    workers: int | None,
    progress: Progress,
) -> tuple[Converted, Plan]:
    scratch = lake.scratch / f"ingest-{uuid.uuid4().hex}"
    workers = workers or lake.settings.threads
    total = sum(file.size for file in found.files)
    folders = {name: lake.staging_folder(name, dataset=dataset) for name in ("samples", "rejects")}
    job = Job(dataset, number, folders, scratch)
    budget = MemoryBudget.of(limit_bytes(lake.connection), workers)
    plan = Plan(found.files, mapping, scratch, budget, lake.settings.unpack_ratio)
    try:
        outcome = convert_all(job, plan, total_bytes=total, progress=progress)
        try:
            _check_sizes(found)
        except SourceError:
            outcome.discard()
            raise
        if not outcome.samples:
            outcome.discard()
            raise _no_samples(found, outcome)
    except (OSError, pa.ArrowException) as error:
        raise _storage_error(error, lake) from None
    finally:
        progress.finish()
        shutil.rmtree(scratch, ignore_errors=True)
    return outcome, plan


def _check_sizes(found: ResolvedSource) -> None:
    """Raise SourceError for a file that grew or shrank while it was read."""
    for file in found.files:
        if (now := file.path.stat().st_size) != file.size:
            raise SourceError(
                f"it changed while it was read, from {file.size:,} to {now:,} bytes",
                file=file.name,
                hint="Run it again when the file is complete.",
            )


def _no_samples(found: ResolvedSource, outcome: Converted) -> SourceError:
    if outcome.rejected:
        return SourceError(
            f"none of its {outcome.rejected:,} records became a sample",
            file=found.uri,
            hint="Name the columns with --map instruction=COLUMN --map response=COLUMN.",
        )
    return SourceError("it holds no records", file=found.uri)


def _storage_error(error: Exception, lake: Lake) -> OdaError:
    text = str(error)
    if "No space left" in text:
        return StorageError(
            f"The disk of {lake.settings.home} is full while writing.",
            hint="Nothing was changed. Free some space and run it again.",
        )
    if isinstance(error, PermissionError):
        return StorageError(f"No permission: {text}", hint=f"The home is {lake.settings.home}.")
    return OdaError(f"Reading or writing failed: {text}")


def _format_of(plan: Plan) -> str:
    ordered = Counter(plan.bindings).most_common()
    first = ordered[0][0] if ordered else ""
    return first if len(ordered) == 1 else f"{first} and {len(ordered) - 1} more"


def _reasons(lake: Lake, dataset: str) -> dict[str, int]:
    rows = lake.rows(
        "select regexp_replace(reason, '[0-9][0-9,]*', 'N', 'g') as reason, count(*) from rejects where dataset = ? "
        "group by all order by 2 desc, 1 limit 10",
        [dataset],
    )
    return {reason: int(count) for reason, count in rows}


def ingest_many(
    lake: Lake, sources: Sequence[str | Path], *, progress: Progress | None = None, **options: Any
) -> BatchReport:
    """Ingest each source as a dataset of its own; a failed one is remembered and the next one goes on."""
    reports: list[IngestReport] = []
    failures: list[tuple[str, OdaError]] = []
    for source in sources:
        try:
            reports.append(ingest(lake, source, progress=progress, **options))
        except OdaError as error:
            failures.append((str(source), error))
    return BatchReport(tuple(reports), tuple(failures))


def drop_dataset(lake: Lake, name: str) -> None:
    """Remove a dataset from the lake; snapshots before still hold it. Raises UnknownNameError."""
    known = [str(row[0]) for row in lake.rows("select dataset from datasets")]
    if name not in known:
        raise UnknownNameError.of("dataset", name, known)
    commits.drop(lake, name)
