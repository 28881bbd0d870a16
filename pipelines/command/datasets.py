"""`oda datasets`: what is in the lake, one dataset in detail, or its removal."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lake.errors import UnknownNameError, UsageError
from lake.values import DATASET, KIND_OF_DATASET
from pipelines.command import complete, head
from pipelines.command.session import Session, single
from pipelines.command.terminal import samples, table

if TYPE_CHECKING:
    from lake.catalog import Lake

_LISTED = (
    "dataset, kind, domains, rows, rejected, format, license, released, source_bytes, source, revision, parents, "
    "ingested"
)


@single(
    "datasets",
    "oda datasets",
    "oda datasets --kind benchmark  # benchmarks only",
    "oda datasets gsm8k  # everything known about one",
    "oda datasets gsm8k --drop --yes  # remove it; older snapshots still hold it",
)
def app(
    session: Session,
    *,
    name: Annotated[
        str | None,
        DATASET,
        typer.Argument(metavar="NAME", help="Show one in detail.", autocompletion=complete.datasets),
    ] = None,
    kind: Annotated[
        str | None,
        KIND_OF_DATASET,
        typer.Option("--kind", metavar="KIND", help="List train or benchmark datasets only."),
    ] = None,
    drop: Annotated[bool, typer.Option("--drop", help="Remove the dataset from the lake.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Remove without asking.")] = False,
) -> None:
    """List the datasets of the lake, show one, or drop one."""
    if name is not None or drop:
        session.refuse("kind", beside="--drop" if drop else "the name of a dataset")
    if not drop:
        session.refuse("yes", beside="anything but --drop")
    if drop:
        if name is None:
            raise UsageError("Which dataset is to be dropped?", hint="oda datasets NAME --drop")
        _drop(session, name, yes=yes)
        return
    with session.lake() as lake:
        if name is not None:
            _show_one(session, _details(lake, name))
            return
        condition, values = ("where kind = ?", [kind]) if kind else ("", None)
        rows = lake.query(f"select {_LISTED} from datasets {condition} order by dataset", values).to_pylist()
    out = session.out
    if out.json:
        out.document(rows)
        return
    if not rows:
        out.line("No datasets yet." if kind is None else f"No {kind} datasets.")
        out.remark("Read one in with: oda ingest FILE --name NAME")
        return
    table.show(
        out,
        ["dataset", "kind", "domains", "rows", "rejected", "format", "licence", "released", "size"],
        [
            (
                row["dataset"],
                row["kind"],
                ", ".join(row["domains"] or []),
                row["rows"],
                row["rejected"],
                (row["format"] or "").split(" (")[0],
                row["license"] or "",
                row["released"] or "",
                table.size(row["source_bytes"]),
            )
            for row in rows
        ],
    )
    total = sum(row["rows"] or 0 for row in rows)
    out.line(f"{table.count(len(rows), 'dataset')}, {table.count(total, 'sample')}", "dim")


def _details(lake: Lake, name: str) -> dict[str, Any]:
    found = lake.query("select * from datasets where dataset = ?", [name]).to_pylist()
    if not found:
        raise UnknownNameError.of("dataset", name, [str(row[0]) for row in lake.rows("select dataset from datasets")])
    profile = lake.query(
        "select axis, n, coverage, mean, median, calibration from dataset_profile where dataset = ? order by axis",
        [name],
    )
    reasons = lake.query(
        "select reason, count(*) as rows from rejects where dataset = ? group by all order by 2 desc, 1 limit 10",
        [name],
    )
    first = lake.query(f"select {head.FIELDS} from samples where dataset = ? order by row_no limit 2", [name])
    told = {"reject_reasons": reasons.to_pylist(), "profile": profile.to_pylist(), "first_samples": first.to_pylist()}
    return {**found[0], **told}


def _show_one(session: Session, row: dict[str, Any]) -> None:
    from lake.formats.coverage import line_of

    out = session.out
    if out.json:
        out.document(row)
        return
    shown = {
        key: value
        for key, value in row.items()
        if key not in ("card", "profile", "reject_reasons", "first_samples", "fingerprint", "remarks", "coverage")
    }
    shown["domains"] = ", ".join(row["domains"] or [])
    shown["parents"] = ", ".join(row["parents"] or [])
    shown["left_out"] = ", ".join(row["left_out"] or [])
    if row["coverage"]:
        shown["filled"] = line_of(json.loads(row["coverage"]))
    shown["source_bytes"] = f"{table.size(row['source_bytes'])}"
    table.facts(out, [(key.replace("_", " "), value) for key, value in shown.items()])
    for remark in row["remarks"] or []:
        out.line(f"Look at: {remark}", "yellow")
    if row["first_samples"]:
        out.line("")
        samples.show(out, row["first_samples"])
    if row["reject_reasons"]:
        out.line("\nRejected rows by reason:")
        table.show(out, ["rows", "reason"], [(item["rows"], item["reason"]) for item in row["reject_reasons"]])
    if row["profile"]:
        out.line("\nScores:")
        columns = ["axis", "n", "coverage", "mean", "median"]
        if any(item["calibration"] for item in row["profile"]):
            columns.append("calibration")
        table.show(out, columns, [[item[column] for column in columns] for item in row["profile"]])


def _drop(session: Session, name: str, *, yes: bool) -> None:
    from pipelines.ingest import drop_dataset

    with session.lake(write=True) as lake:
        rows = int(_details(lake, name)["rows"] or 0)
        if not yes:
            if not sys.stdin.isatty() or session.json:
                raise UsageError(f"Dropping {name!r} needs a yes.", hint=f"oda datasets {name} --drop --yes")
            if not typer.confirm(f"Drop {name!r} with {table.count(rows, 'sample')} and all of its scores?", err=True):
                raise typer.Exit(1)
        drop_dataset(lake, name)
        snapshot = lake.snapshot
    if session.json:
        session.out.document({"dropped": name, "rows": rows, "snapshot": snapshot})
    else:
        session.out.line(f"Dropped {name}: {table.count(rows, 'sample')}; snapshots before {snapshot} still hold it.")
