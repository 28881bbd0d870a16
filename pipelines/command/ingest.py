"""`oda ingest`: read dataset files into the lake."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lake.errors import UsageError
from lake.kinds import Assigned, Listed, NewName, Text
from lake.values import COUNT, DATASET, DAY, KIND_OF_DATASET, PATH, PROCESSES, SOURCE
from pipelines.command.session import Session, single
from pipelines.command.terminal import samples, table

if TYPE_CHECKING:
    from lake.sources.description import Description
    from pipelines.ingest import BatchReport, IngestReport
    from pipelines.ingesting.preview import PreviewReport


PARTIAL = 3
"""The exit status when a file that looks like data was not read."""


@single(
    "ingest",
    "oda ingest openr1.jsonl --domain math  # the format is detected",
    "oda ingest gsm8k/ --name gsm8k --kind benchmark  # all files of a folder as one dataset",
    "oda ingest hf://tatsu-lab/alpaca  # from the Hugging Face hub",
    "oda ingest odd.csv --dry-run  # how it would be read, with three samples; writes nothing",
    "oda ingest odd.csv --map instruction=q --map response=a  # say which column is what",
    "oda ingest downloads/*.jsonl  # a batch: a failed one does not stop the others",
)
def app(
    session: Session,
    *,
    sources: Annotated[
        list[str],
        SOURCE,
        typer.Argument(metavar="PATH", help="File, folder, 'glob' or hf://org/name; one dataset each."),
    ],
    name: Annotated[
        str | None,
        NewName("dataset"),
        typer.Option("--name", metavar="NAME", help="Name in the lake; default: the source's own."),
    ] = None,
    kind: Annotated[
        str | None, KIND_OF_DATASET, typer.Option("--kind", metavar="KIND", help="train (default) or benchmark.")
    ] = None,
    domain: Annotated[
        list[str] | None,
        Listed(Text("a subject area", 200)),
        typer.Option("--domain", metavar="NAME", help="Subject area such as math; repeatable."),
    ] = None,
    licence: Annotated[
        str | None,
        Text("a licence", 1000),
        typer.Option("--license", metavar="NAME", help="Licence stated by the source."),
    ] = None,
    released: Annotated[
        dt.date | None, DAY, typer.Option("--released", metavar="DATE", help="Release date, as 2025-01-31.")
    ] = None,
    parent: Annotated[
        list[str] | None,
        Listed(DATASET),
        typer.Option("--parent", metavar="NAME", help="A dataset it is made from; repeatable."),
    ] = None,
    mapping: Annotated[
        list[str] | None,
        Assigned("FIELD=COLUMN, such as instruction=question"),
        typer.Option("--map", metavar="FIELD=COLUMN", help="Column that holds a field; repeatable."),
    ] = None,
    description_file: Annotated[
        Path | None,
        PATH,
        typer.Option("--description-file", metavar="FILE", help="A dataset.yaml that lies elsewhere than the data."),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Take the place of a dataset of that name read from elsewhere.")
    ] = False,
    follow_links: Annotated[
        bool, typer.Option("--follow-links", help="Read what links within a folder lead to outside of it.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the format, what is covered and three samples; write nothing.")
    ] = False,
    limit: Annotated[
        int | None, COUNT, typer.Option("--limit", metavar="N", help="Convert N rows in a dry run; default: 10000.")
    ] = None,
    workers: Annotated[
        int | None, PROCESSES, typer.Option("--workers", metavar="N", help="Processes; default: ODA_THREADS.")
    ] = None,
) -> None:
    """Read datasets into the lake; the format is detected.

    Every row becomes a sample or, with its reason, a row of `rejects`. The same source again is a no-op;
    a changed one replaces its dataset in one commit and keeps the scores of unchanged samples.

    The exit status is 1 when a source failed, 3 when a file that looks like data was left out.
    """
    if len(sources) > 1 and name is not None:
        raise UsageError(f"--name is for one dataset; there are {len(sources)} paths.", hint="Ingest them one by one.")
    if dry_run:
        _try(session, sources, _mapping(mapping or []), limit, follow_links=follow_links)
        return
    session.refuse("limit", beside="anything but --dry-run")
    options: dict[str, Any] = {
        "kind": kind,
        "description": _description(domain, licence, released, parent, description_file),
        "mapping": _mapping(mapping or []),
        "replace": replace,
        "follow_links": follow_links or None,
        "workers": workers,
    }
    from pipelines.ingest import ingest, ingest_many  # 0.5 s: pyarrow, duckdb

    settings = session.settings()
    if settings.embedded and not settings.catalog_file.is_file():
        session.out.remark(f"Making a new lake in {settings.home.resolve()}.")
    with session.lake(write=True, create=True) as lake, session.progress() as progress:
        if len(sources) == 1:
            report: IngestReport | BatchReport = ingest(lake, sources[0], name=name, progress=progress, **options)
        else:
            report = ingest_many(lake, sources, progress=progress, **options)
    _tell_links(session, report)
    if session.json:
        session.out.document(report.as_dict())
    elif len(sources) == 1:
        _tell(session, report)  # type: ignore[arg-type]
    else:
        _tell_batch(session, report)  # type: ignore[arg-type]
    if getattr(report, "failures", ()):
        raise typer.Exit(1)
    if any(each.partial for each in _reports(report)):
        raise typer.Exit(PARTIAL)


def _reports(report: IngestReport | BatchReport) -> tuple[IngestReport, ...]:
    return getattr(report, "reports", (report,))  # type: ignore[arg-type]


def _try(
    session: Session, sources: list[str], mapping: dict[str, str], limit: int | None, *, follow_links: bool
) -> None:
    """Show what an ingest of each source would do."""
    from pipelines.ingest import preview

    settings = session.settings()
    reports = [
        preview(settings, source, mapping=mapping, rows=limit, follow_links=follow_links or None) for source in sources
    ]
    if session.json:
        session.out.document(reports[0].as_dict() if len(reports) == 1 else [report.as_dict() for report in reports])
    for report in () if session.json else reports:
        _tell_preview(session, report)
    if any(report.partial for report in reports):
        raise typer.Exit(PARTIAL)


def _tell_preview(session: Session, report: PreviewReport) -> None:
    out = session.out
    out.line(f"{report.source}: {table.count(report.files, 'file')}, {table.size(report.source_bytes)}", "bold")
    for described in report.formats:
        out.line(f"detected: {described}")
    part = "all" if report.complete else "the first"
    out.line(
        f"{part} {table.count(report.rows, 'row')} would give {table.count(report.samples, 'sample')}, "
        f"{table.count(report.rejected, 'reject')}"
    )
    for reason, rows in report.reasons.items():
        out.line(f"  {rows:,} × {reason}")
    _tell_coverage(session, report)
    samples.show(out, report.examples)
    out.remark("Nothing was written; leave out --dry-run to ingest it.")


def _mapping(given: list[str]) -> dict[str, str]:
    from lake.errors import UnknownNameError
    from lake.formats.base import FIELDS

    mapping = {}
    for item in given:
        field, equals, column = item.partition("=")
        if not equals or not column:
            raise UsageError(f"{item!r} maps nothing.", hint="Write it as FIELD=COLUMN: --map instruction=question")
        if field not in FIELDS:
            raise UnknownNameError.of("field", field, FIELDS)
        if field in mapping:
            raise UsageError(f"The field {field} has two columns (--map).", hint="Give it one.")
        mapping[field] = column
    return mapping


def _description(
    domain: list[str] | None,
    licence: str | None,
    released: dt.date | None,
    parent: list[str] | None,
    file: Path | None,
) -> Description | None:
    """What the flags say about the dataset, over what the description file says; None when neither says anything."""
    given: dict[str, Any] = {
        "domains": domain or [],
        "license": licence,
        "released": released,
        "parents": parent or [],
    }
    given = {key: value for key, value in given.items() if value}
    if not given and file is None:
        return None
    from lake.sources import description as descriptions

    base = descriptions.read(file) if file is not None else descriptions.Description()
    return descriptions.merge(base, **given)


def detected(report: IngestReport) -> str:
    """`detected: alpaca; 52,002 samples, 3 rejects (see: …)`."""
    rejects = table.count(report.rejected, "reject")
    see = f" (see: oda sql \"from rejects where dataset='{report.dataset}'\")" if report.rejected else ""
    return f"detected: {report.format}; {table.count(report.samples, 'sample')}, {rejects}{see}"


def _tell(session: Session, report: IngestReport) -> None:
    out = session.out
    if report.status == "unchanged":
        out.line(f"{report.dataset} is in the lake already and its source has not changed; nothing to do.")
        out.line(detected(report))
        _tell_coverage(session, report)
        return
    out.line(
        f"{report.dataset} {report.status} in {table.duration(report.seconds)} ({table.size(report.source_bytes)})."
    )
    out.line(detected(report))
    for reason, rows in report.reasons.items():
        out.line(f"  {rows:,} × {reason}")
    _tell_coverage(session, report)
    if report.carried_scores:
        out.line(f"{table.count(report.carried_scores, 'score')} carried over from equal samples.")
    out.remark(f"Next: oda score {report.dataset} --plan")


def _tell_coverage(session: Session, report: IngestReport | PreviewReport) -> None:
    """How much of the samples is filled, what to look at, and which files were left out."""
    from lake.formats.coverage import line_of

    out = session.out
    if report.coverage:
        out.line(line_of(report.coverage))
    for remark in report.remarks:
        out.line(f"Look at: {remark}", "yellow")
    if report.left_out:
        shown = ", ".join(report.left_out[:10])
        more = f" and {len(report.left_out) - 10:,} more" if len(report.left_out) > 10 else ""
        out.line(
            f"Left out: {shown}{more}: no container reads {'them' if len(report.left_out) > 1 else 'it'}.", "yellow"
        )


def _tell_links(session: Session, report: IngestReport | BatchReport) -> None:
    from lake.sources.links import unfollowed_links

    for each in _reports(report):
        if left := unfollowed_links(each.unfollowed):
            session.out.remark(f"{each.dataset}: left unread: {left[0]}. {left[1]}")


def _tell_batch(session: Session, report: BatchReport) -> None:
    out = session.out
    rows: list[tuple[Any, ...]] = [
        (item.dataset, item.status, item.samples, item.rejected, item.format) for item in report.reports
    ]
    rows += [(Path(source).name, "failed", None, None, None) for source, _ in report.failures]
    table.show(out, ["dataset", "outcome", "samples", "rejected", "format"], rows)
    for item in report.reports:
        if item.remarks or item.left_out:
            out.line(f"\n{item.dataset}:")
            _tell_coverage(session, item)
    samples = sum(item.samples for item in report.reports)
    done, failed = len(report.reports), len(report.failures)
    for source, error in report.failures:
        out.line(f"\n{source} failed: {error}", "red")
    out.line(f"\n{table.count(done, 'dataset')} in the lake with {table.count(samples, 'sample')}; {failed} failed.")
