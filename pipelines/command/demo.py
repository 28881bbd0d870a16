"""`oda demo`: the whole main job on a miniature arena whose every duplicate, leak and defect is known."""

from __future__ import annotations

import shlex
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lake.errors import UsageError
from lake.values import PATH
from pipelines.command.session import Session, single
from pipelines.command.terminal import table

if TYPE_CHECKING:
    from examples.arena.check import Row
    from examples.arena.truth import Truth
    from lake.catalog import Lake
    from pipelines.curate import SliceReport
    from pipelines.export import ExportReport
    from pipelines.ingest import BatchReport
    from pipelines.scoring.reports import ScoreReport

SLICE = "unique"
RECIPE = "one_per_content"
FORMAT = "llamafactory"
_PARTS = {"arena", "lake", "export"}


@dataclass(frozen=True)
class DemoReport:
    """Everything the demo did and what came of it."""

    truth: Truth
    ingested: BatchReport
    scored: ScoreReport
    slice: SliceReport
    exported: ExportReport
    rows: list[Row]

    @property
    def as_planted(self) -> bool:
        """Whether everything planted was found, the one dataset that cannot be read being refused."""
        refused = [Path(source).name for source, _ in self.ingested.failures]
        return refused == [self.truth.unparsable] and all(row.ok for row in self.rows)


@single(
    "demo",
    "oda demo  # in the folder demo of the lake's home; your own lake is not touched",
    "oda demo --keep /tmp/arena  # somewhere else",
)
def app(
    session: Session,
    keep: Annotated[
        Path | None,
        PATH,
        typer.Option("--keep", metavar="FOLDER", help="Folder for data, lake and export; default: <home>/demo."),
    ] = None,
) -> None:
    """Make a small arena, run the whole job on it, and compare what was found with what was planted.

    The arena is made of own texts: datasets with known parents, copies, leaks of a benchmark, broken rows and one
    file that cannot be read. The exit status is 0 when all of it was found.
    """
    from lake.own_folders import refuse_own_folder, within  # 0.1 s: pydantic

    settings = session.settings()
    folder = keep or settings.home / "demo"
    if not within(folder, settings.home / "demo"):
        refuse_own_folder(settings, folder)
    arena, home, out = folder / "arena", folder / "lake", folder / "export"
    try:
        strange = sorted({place.name for place in folder.iterdir()} - _PARTS) if folder.exists() else []
        if strange:
            raise UsageError(f"{folder} holds something else than a demo: {strange[0]}.", hint="Choose another folder.")
        arena.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"Cannot use {folder}: {error.strerror}.", hint="Choose a folder with --keep.") from None
    inner = replace(session, home=home)
    with inner.lake(write=True, create=True) as lake:
        outcome = _run(inner, lake, arena, out)
    if session.json:
        session.out.document(_document(outcome, arena=arena, home=home))
    else:
        _tell(session, outcome, home=home)
    if not outcome.as_planted:
        raise typer.Exit(1)


def _run(session: Session, lake: Lake, arena: Path, out: Path) -> DemoReport:
    from examples.arena.check import found_versus_planted
    from examples.arena.generate import generate
    from pipelines.contamination import contamination
    from pipelines.curate import create_slice
    from pipelines.export import export
    from pipelines.ingest import ingest_many
    from pipelines.rehearsal import compile_ahead
    from pipelines.score import score
    from pipelines.slicing.held_items import LEAVE_OUT

    say = session.out.remark
    compile_ahead(lake.settings.threads, say)
    say(f"1. Making the arena in {arena}")
    truth = generate(arena)
    names = [dataset.name for dataset in truth.datasets]
    with session.progress() as progress:
        say(f"2. Ingesting {len(names) + 1} datasets, one of which cannot be read")
        ingested = ingest_many(lake, [arena / name for name in (*names, truth.unparsable)], progress=progress)
        say("3. Scoring every dataset on every axis")
        scored = score(lake, progress=progress)
        say("4. Looking for benchmark questions in what is for training")
        contamination(lake, progress=progress)
        say(f"5. Making the slice {SLICE}: one sample per content, none that holds a benchmark question")
        made = create_slice(lake, SLICE, RECIPE, replace=True, benchmarks=LEAVE_OUT)
        say(f"6. Exporting it for {FORMAT} and reading that back")
        exported = export(lake, SLICE, to=FORMAT, out=out, overwrite=True, progress=progress)
    rows = [*found_versus_planted(lake, truth), _kept(truth, made)]
    return DemoReport(truth, ingested, scored, made, exported, rows)


def _kept(truth: Truth, made: SliceReport) -> Row:
    """Samples of the slice against training samples less the planted copies and leaks among them."""
    from examples.arena.check import Row

    training = {dataset.name for dataset in truth.datasets if dataset.kind == "train"}
    copies = sum(max(0, sum(place.dataset in training for place in group) - 1) for group in truth.exact_duplicates)
    first = {place: min(group) for group in truth.exact_duplicates for place in group}
    leaked = {first.get(leak.row, leak.row) for leak in truth.leaks}
    planted = sum(dataset.samples for dataset in truth.datasets if dataset.name in training) - copies - len(leaked)
    return Row(f"samples left in the slice {made.slice}", planted, made.rows, made.rows == planted)


def _document(outcome: DemoReport, *, arena: Path, home: Path) -> dict[str, Any]:
    return {
        "as_planted": outcome.as_planted,
        "arena": str(arena),
        "home": str(home),
        "ingest": outcome.ingested.as_dict(),
        "score": outcome.scored.as_dict(),
        "slice": outcome.slice.as_dict(),
        "export": outcome.exported.as_dict(),
        "found_versus_planted": [asdict(row) for row in outcome.rows],
    }


def _tell(session: Session, outcome: DemoReport, *, home: Path) -> None:
    out = session.out
    out.line("Ingested", "bold")
    columns = ["dataset", "outcome", "samples", "rejected", "format"]
    rows: list[tuple[Any, ...]] = [
        (item.dataset, item.status, item.samples, item.rejected, item.format.split(" (")[0])
        for item in outcome.ingested.reports
    ]
    rows += [(Path(source).name, "refused", None, None, None) for source, _ in outcome.ingested.failures]
    table.show(out, columns, rows)
    for _, error in outcome.ingested.failures:
        out.line(f"Refused: {error.message}")
    axes = len({axis.axis for axis in outcome.scored.axes})
    out.line(
        f"\nScored {table.count(outcome.scored.computed, 'sample')} on {axes} axes in "
        f"{table.duration(outcome.scored.seconds)}; slice {SLICE}: {table.count(outcome.slice.rows, 'sample')}; "
        f"exported to {outcome.exported.path} and read back."
    )
    out.line("\nFound versus planted", "bold")
    table.show(
        out,
        ["what", "planted", "found", ""],
        [(row.what, row.planted, row.found, "ok" if row.ok else "differs") for row in outcome.rows],
    )
    agreed = sum(row.ok for row in outcome.rows)
    verdict = f"\n{agreed} of {len(outcome.rows)} as planted."
    out.line(verdict, "green" if outcome.as_planted else "bold red")
    out.line("\nTry next, on the demo's lake:", "bold")
    for line in _next(outcome, home):
        out.line(f"  {line}")


def _next(outcome: DemoReport, home: Path) -> list[str]:
    one = outcome.truth.datasets[0].name
    return [
        f"export ODA_HOME={shlex.quote(str(home.resolve()))}",
        "oda datasets",
        f"oda datasets {one}",
        'oda sql "from dataset_profile order by axis, mean desc"',
        'oda sql "select dataset, file, location, reason from rejects"',
        'oda sql "select dataset, copies, count(*) as n from exact_duplicates group by all order by n desc"',
        'oda sql "from contamination_summary"',
        "oda overlap",
        'oda sql "from measured_relations"',
        "oda slice create varied -f top_by_axis -p axis=mtld -p budget=20000 --decontaminate",
        "oda slice verify varied",
        "oda export varied --to huggingface -o varied/",
        "oda sql      # an SQL shell over everything",
        "oda ui       # the same as Dagster assets",
    ]
