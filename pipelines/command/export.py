"""`oda export`: write a slice or a dataset in the form a trainer or a library reads."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lake.errors import UsageError
from lake.values import EXPORT_FORMAT, EXPORT_FORMATS, PATH, SNAPSHOT, SUBJECT, TEXT
from pipelines.command import complete
from pipelines.command.session import Session, single
from pipelines.command.terminal import table

if TYPE_CHECKING:
    from pipelines.export import ExportReport


_SAID_BEFORE = (
    "out", "overwrite", "at", "reasoning", "decontaminate", "allow_benchmarks", "allow_licence_conflicts",
)  # fmt: skip
"""Parameters that the lake remembers."""


@single(
    "export",
    "oda export rich --to llamafactory -o out/factory  # with dataset_info.json",
    "oda export rich --to huggingface -o out/hub --overwrite  # a datasets folder with a card",
    "oda export openr1 --to parquet -o out/openr1  # a whole dataset",
    "oda export openr1 --to openai -o out/openai --reasoning rationale  # what stands in that column as <think>",
    "oda export rich --again  # every export of it that the lake remembers, as it is now",
)
def app(
    session: Session,
    *,
    subject: Annotated[
        str, SUBJECT, typer.Argument(metavar="SUBJECT", help="A slice or a dataset.", autocompletion=complete.subjects)
    ],
    to: Annotated[
        str | None,
        EXPORT_FORMAT,
        typer.Option(
            "--to",
            metavar="FORMAT",
            help=f"One of {', '.join(EXPORT_FORMATS)}.",
            autocompletion=lambda incomplete: [name for name in EXPORT_FORMATS if name.startswith(incomplete)],
        ),
    ] = None,
    out: Annotated[
        Path | None, PATH, typer.Option("--output", "-o", metavar="FOLDER", help="Folder to write to.")
    ] = None,
    again: Annotated[
        bool,
        typer.Option("--again", help="Replace the exports the lake remembers of it, as they were asked for; or --to."),
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what an earlier export wrote there.")] = False,
    at: Annotated[
        int | None,
        SNAPSHOT,
        typer.Option("--at", metavar="SNAPSHOT", help="Export the texts as they were at that snapshot."),
    ] = None,
    reasoning: Annotated[
        str | None,
        TEXT,
        typer.Option(
            "--reasoning",
            metavar="COLUMN",
            help="A column of the source, or a key of turns (reasoning_content), to put before answers as <think>.",
        ),
    ] = None,
    decontaminate: Annotated[
        bool, typer.Option("--decontaminate", help="Leave out samples that are or hold benchmark items, and list them.")
    ] = False,
    allow_benchmarks: Annotated[
        bool, typer.Option("--allow-benchmarks", help="Write them; benchmark items are refused otherwise.")
    ] = False,
    allow_licence_conflicts: Annotated[
        bool,
        typer.Option(
            "--allow-licence-conflicts",
            help="Write data whose licence allows what that of a parent does not, which is refused otherwise.",
        ),
    ] = False,
) -> None:
    """Write a slice or a dataset to a folder, with a manifest.

    What was written is read back with the library that will use it before the export counts as done.
    Rows the format cannot hold are left out and listed in the manifest. The lake remembers what was chosen; --again
    makes the same exports of a slice or dataset as it is now, and asks again about benchmarks and licences.
    """
    from pipelines.export import export, export_again
    from pipelines.slicing.held_items import choice

    if again:
        session.refuse(*_SAID_BEFORE, beside="--again")
        with session.lake(write=True) as lake, session.progress() as progress:
            reports = export_again(lake, subject, to=to, progress=progress)
        if session.json:
            session.out.document([report.as_dict() for report in reports])
            return
        for report in reports:
            _tell(session, report)
        return
    if to is None or out is None:
        raise UsageError(
            f"An export needs a format and a folder; {'--to' if to is None else '--output'} is missing.",
            hint=f"Formats: {', '.join(EXPORT_FORMATS)}. Or repeat what the lake remembers, with --again.",
        )
    about = choice(decontaminate=decontaminate, allow_benchmarks=allow_benchmarks)
    with session.lake(write=True) as lake, session.progress() as progress:
        report = export(
            lake,
            subject,
            to=to,
            out=out,
            overwrite=overwrite,
            at=at,
            benchmarks=about,
            allow_licence_conflicts=allow_licence_conflicts,
            reasoning=reasoning,
            progress=progress,
        )
    if session.json:
        session.out.document(report.as_dict())
        return
    _tell(session, report)


def _tell(session: Session, report: ExportReport) -> None:
    out = session.out
    out.line(
        f"Exported {report.kind} {report.subject} as {report.format}: {table.count(report.rows, 'sample')} of snapshot "
        f"{report.snapshot}, read back, in {table.duration(report.seconds)}."
    )
    table.facts(
        out,
        [("folder", report.path), ("size", table.size(report.bytes)), ("manifest", report.manifest_hash)],
    )
    table.show(out, ["file", "rows"], list(report.files.items()))
    for reason, rows in report.left_out.items():
        out.line(f"Left out: {table.count(rows, 'sample')}, each {reason} (left_out.jsonl)")
    for reason, rows in report.skipped.items():
        out.line(f"Left out: {table.count(rows, 'sample')}, {reason}")
    for problem in report.licences:
        out.line(f"Licence of {problem}", "yellow")
    if report.reasoning is not None:
        out.line(f"Reasoning stands before the answers of {table.count(report.reasoning, 'sample')}")
    for field, rows in report.not_carried.items():
        out.line(f"{report.format} has no place for {field}, which {table.count(rows, 'sample')} have")
    name, folder = shlex.quote(report.subject), shlex.quote(report.path)
    out.remark(f"Share it on the Hugging Face hub: hf upload {name} {folder} . --repo-type dataset")
