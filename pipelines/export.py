"""Exports: a slice or dataset as a folder other programs read, verified by loading it back, with a manifest."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from lake.catalog import Lake
from lake.errors import OdaError, UsageError, is_interrupt
from lake.exports.base import OPTIONAL_FIELDS, ExportFormat, Info, Written, same
from lake.exports.card import public
from lake.exports.catalogue import format_named
from pipelines.exporting.choices import Choices, hash_of, kept_exports
from pipelines.exporting.folder import listed, made_whole, write_manifest
from pipelines.exporting.licences import conflicts, refused, told
from pipelines.exporting.place import check_place
from pipelines.exporting.reasoning import Reasoning
from pipelines.exporting.source import find_subject, opened, query_of
from pipelines.progress import Progress, Silent
from pipelines.slicing.held_items import REFUSE

LEFT_OUT = "left_out.jsonl"


class ExportError(OdaError):
    """An export that could not be made as asked; nothing is left of it."""


@dataclass(frozen=True)
class ExportReport:
    """What an export wrote.

    - rows: samples written, in all files; skipped: samples the format cannot hold, by reason.
    - left_out: samples left out for what they have to do with benchmarks, by reason.
    - not_carried: fields the format has no place for, with the number of samples that have one.
    - files: the data files with their rows.
    - licences: where a licence allows what that of a dataset further up does not.
    - reasoning: samples whose reasoning was put back; None where that was not asked for.
    """

    subject: str
    kind: str
    format: str
    path: str
    snapshot: int
    rows: int
    skipped: dict[str, int] = field(default_factory=dict)
    not_carried: dict[str, int] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)
    bytes: int = 0
    seconds: float = 0.0
    manifest_hash: str = ""
    licences: tuple[str, ...] = ()
    left_out: dict[str, int] = field(default_factory=dict)
    reasoning: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


def export(
    lake: Lake,
    subject: str,
    *,
    to: str,
    out: str | Path,
    overwrite: bool = False,
    progress: Progress | None = None,
    at: int | None = None,
    benchmarks: str = REFUSE,
    allow_licence_conflicts: bool = False,
    reasoning: str | None = None,
    own: bool = False,
) -> ExportReport:
    """Write a slice or dataset in a format, load it back, and record it in the lake with what was chosen for it.

    - to: a format of `lake.exports`, e.g. parquet or llamafactory.
    - out: the folder to make; an earlier export there is replaced only with `overwrite`.
    - at: the snapshot to read; by default a slice is read at its own, a dataset at the current one.
    - benchmarks: what to do where a sample is a benchmark item or holds one: refuse, leave_out or allow.
    - allow_licence_conflicts: write it although a licence allows what that of a dataset further up does not.
    - reasoning: a column of the source, or a key of turns, whose texts go before the answers as `<think>`.
    - own: a step writes it for itself, so that it is not made again by `export_again`.

    Raises UsageError for a wrong request or a conflict of licences, ExportError when the format holds none of the
    samples or does not read back as written, StorageError when the disk refuses. The folder is whole or not there.
    """
    started = time.monotonic()
    progress = progress or Silent()
    target = format_named(to)
    if lake.read_only:
        raise UsageError("The lake is open for reading only; an export is recorded in it.")
    found = find_subject(lake, subject, at)
    place = Path(out)
    check_place(lake, place, overwrite=overwrite)
    with made_whole(place, overwrite=overwrite) as (folder, scratch):
        with opened(lake, found, benchmarks) as (info, reader):
            strict = conflicts(lake, [str(source["dataset"]) for source in info.sources])
            if strict and not allow_licence_conflicts:
                raise refused(f"The {found.kind} {found.name!r}", strict)
            was = hash_of(lake, found)
            progress.start(f"export {found.name}", info.rows, "rows")
            thought = None if reasoning is None else Reasoning(reasoning)
            rows = reader if thought is None else thought.put_back(reader)
            written = target.write(_watched(rows, info, progress), folder, info)
            progress.finish()
        _check_held(target, info, written)
        _list_left_out(folder, info)
        files = listed(folder)
        manifest = _manifest(target, info, written, files)
        manifest |= {"licence_conflicts": strict} if strict else {}
        if thought is not None:
            manifest["reasoning"] = {"column": thought.column, "rows": thought.samples}
        manifest_hash = write_manifest(folder, manifest)
        _verify(target, folder, scratch, written)
    report = ExportReport(
        subject=info.subject,
        kind=info.kind,
        format=to,
        path=str(place.resolve()),
        snapshot=info.snapshot,
        rows=_samples(info, written),
        skipped=dict(written.skipped),
        not_carried=_not_carried(target, info, written),
        files=dict(written.rows),
        bytes=sum(int(file["bytes"]) for file in files),
        seconds=round(time.monotonic() - started, 3),
        manifest_hash=manifest_hash,
        licences=tuple(map(told, strict)),
        left_out=_reasons(info),
        reasoning=None if thought is None else thought.samples,
    )
    choices = Choices(benchmarks, allow_licence_conflicts, reasoning, at)
    _record(lake, report, was, None if own else choices)
    return report


def export_again(
    lake: Lake, subject: str, *, to: str | None = None, progress: Progress | None = None
) -> list[ExportReport]:
    """Make the exports of a slice or dataset again that the lake remembers: as it is now, with what was chosen then.

    Benchmark items and conflicts of licences that were allowed are refused where it is no longer the same.

    - to: only those of that format.

    Raises UsageError where there is none of it; and as `export` does, with those before it made again.
    """
    found = find_subject(lake, subject, None)
    every = kept_exports(lake, found)
    wanted = [each for each in every if to in (None, each.format)]
    if not wanted:
        kept = ", ".join(sorted({each.format for each in every}))
        raise UsageError(
            f"The lake remembers no export of the {found.kind} {found.name!r}{'' if to is None else f' to {to}'}.",
            hint=(f"It has {kept}. " if kept else "") + f"Say once how: oda export {found.name} --to FORMAT -o FOLDER",
        )
    return [
        export(
            lake,
            f"{found.kind}:{found.name}",
            to=each.format,
            out=each.folder,
            overwrite=True,
            progress=progress,
            **asdict(each.choices),
        )
        for each in wanted
    ]


def _watched(reader: pa.RecordBatchReader, info: Info, progress: Progress) -> pa.RecordBatchReader:
    """The batches, counted: what a lake gives must be what it said it has."""

    def batches() -> Iterator[pa.RecordBatch]:
        rows = 0
        for batch in reader:
            yield batch
            rows += batch.num_rows
            progress.advance(batch.num_rows)
        if rows != info.rows:
            raise ExportError(f"The lake gave {rows:,} samples of {info.kind} {info.subject!r}, not {info.rows:,}.")

    return pa.RecordBatchReader.from_batches(reader.schema, batches())


def _reasons(info: Info) -> dict[str, int]:
    return dict(Counter(str(row["reason"]) for row in info.left_out).most_common())


def _list_left_out(folder: Path, info: Info) -> None:
    """Write the samples that were left out to `left_out.jsonl`, a line each with the reason."""
    if info.left_out:
        with (folder / LEFT_OUT).open("wb") as file:
            file.writelines(orjson.dumps(dict(row), option=orjson.OPT_APPEND_NEWLINE) for row in info.left_out)


def _samples(info: Info, written: Written) -> int:
    """Samples written: a format may write a sample to several files, but never leaves one out unsaid."""
    return info.rows - written.skipped.total()


def _check_held(target: ExportFormat, info: Info, written: Written) -> None:
    if written.total:
        return
    reasons = "; ".join(f"{count:,} {reason}" for reason, count in written.skipped.most_common(5))
    raise ExportError(
        f"Format {target.NAME} can hold none of the {info.rows:,} samples of {info.kind} {info.subject!r}: {reasons}.",
        hint="Formats that hold every sample: parquet, jsonl, huggingface.",
    )


def _not_carried(target: ExportFormat, info: Info, written: Written) -> dict[str, int]:
    counts = {name: info.counts.get(name, 0) for name in OPTIONAL_FIELDS if name not in target.CARRIES}
    counts |= dict(sorted(written.lost.items()))
    return {name: count for name, count in counts.items() if count}


def _manifest(target: ExportFormat, info: Info, written: Written, files: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "subject": info.subject,
        "kind": info.kind,
        "format": target.NAME,
        "snapshot": info.snapshot,
        "slice": query_of(info),
        "datasets": [{**source, "source": public(source.get("source")) or None} for source in info.sources],
        "rows": _samples(info, written),
        "skipped": {"rows": written.skipped.total(), "reasons": dict(written.skipped)},
        "not_carried": _not_carried(target, info, written),
        "axes": [asdict(axis) for axis in info.axes],
        "data": dict(written.rows),
        "files": files,
        **({"left_out": {"rows": len(info.left_out), "reasons": _reasons(info)}} if info.left_out else {}),
        **({"notes": written.notes} if written.notes else {}),
        "tool": f"oda-lake {version('oda-lake')}",
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    }


def _verify(target: ExportFormat, folder: Path, scratch: Path, written: Written) -> None:
    """Load every file with its reader and compare row counts and the rows remembered while writing."""
    wanted = {file: frozenset(rows) for file, rows in written.witnesses.items()}
    try:
        found = target.read_back(folder, wanted, scratch)
    except OSError as error:
        if error.errno is not None:
            raise
        raise _unreadable(target, error) from error
    except Exception as error:  # whatever its reader raises means the same: it cannot be read
        if is_interrupt(error):
            raise
        raise _unreadable(target, error) from error
    for file, count in written.rows.items():
        if file not in found or found[file].rows != count:
            rows = found[file].rows if file in found else 0
            raise _mismatch(target, f"{file} has {rows:,} rows instead of {count:,}")
        for number, row in sorted(written.witnesses[file].items()):
            seen = found[file].at.get(number)
            if seen is None or not same(row, seen):
                raise _mismatch(target, f"row {number:,} of {file} differs{_where(row, seen)}")


def _where(row: dict[str, Any], seen: Any) -> str:
    if not isinstance(seen, dict):
        return ""
    for key in row.keys() | seen.keys():
        if not same(row.get(key), seen.get(key)):
            wrote, read = (
                json.dumps(value, default=repr, ensure_ascii=False) for value in (row.get(key), seen.get(key))
            )
            return f" in {key!r}: wrote {wrote[:80]}, read {read[:80]}"
    return ""


def _unreadable(target: ExportFormat, error: Exception) -> ExportError:
    cause = str(error.__cause__ or error).strip().splitlines()
    return _mismatch(target, f"its reader fails: {(cause or [type(error).__name__])[0][:300]}")


def _mismatch(target: ExportFormat, problem: str) -> ExportError:
    return ExportError(
        f"The {target.NAME} export does not read back as it was written: {problem}.",
        hint="Nothing was left of it. Readers of JSON guess types, and may take texts for dates; "
        "parquet and huggingface state theirs.",
    )


def _record(lake: Lake, report: ExportReport, subject_hash: str | None, choices: Choices | None) -> None:
    values = [report.subject, report.format, report.path, report.snapshot, report.rows]
    values += [sum(report.skipped.values()), report.manifest_hash, dt.datetime.now(dt.UTC).replace(tzinfo=None)]
    values += [report.kind, subject_hash, choices and choices.as_json()]
    lake.transact(
        lambda connection: connection.execute(
            "insert into exports (subject, format, path, snapshot, rows, skipped, manifest_hash, created, kind, "
            "subject_hash, choices) values (?, ?, ?, ?, ?, ?, ?, ?::timestamp, ?, ?, ?::json)",
            values,
        ),
        message=f"export {report.kind} {report.subject!r} to {report.format}: {report.rows:,} rows",
    )
