"""`oda lineage`: which datasets each one comes from, with the evidence, as a tree, a file or a page."""

from __future__ import annotations

import datetime as dt
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lake.errors import UsageError
from lake.values import GRAPH_FORMAT, HOPS, MENTION, MODEL, NODE, PATH, RELATION, TEXT
from pipelines.command import complete
from pipelines.command.session import Session, examples, register, with_session
from pipelines.command.terminal import table, tree
from pipelines.command.terminal.help import GroupWithArgument

if TYPE_CHECKING:
    from lake.catalog import Lake
    from pipelines.lineage import LineageReport
    from pipelines.tracing.library import Shelf
    from pipelines.tracing.network import Network
    from scorers.engines.interface import Engine

app = typer.Typer(
    cls=GroupWithArgument,
    add_completion=False,
    rich_markup_mode=None,
    help="Show which datasets each one comes from: as documents say, as measured, and the verdict of both.",
    epilog=examples(
        "oda lineage  # the whole graph in figures",
        "oda lineage openr1 --depth 3  # a tree, three edges far",
        "oda lineage openr1 --to gsm8k  # the shortest way between two",
        "oda lineage --documents papers/ --model qwen3-8b  # papers and READMEs, read by a model",
        "oda lineage --html lineage.html  # one page to explore it in a browser",
        "oda lineage --export mermaid -o lineage.mmd  # also: oda, graphml, openlineage",
        "oda lineage review  # doubtful parents that wait for a decision",
        "oda explain edge copied original  # everything there is on one edge",
    ),
)

_SHOWN = 10


@app.callback(invoke_without_command=True)
@with_session
def _lineage(
    session: Session,
    *,
    dataset: Annotated[
        str | None,
        NODE,
        typer.Argument(
            metavar="DATASET", help="Show what it comes from and what went into.", autocompletion=complete.nodes
        ),
    ] = None,
    depth: Annotated[int, HOPS, typer.Option("--depth", metavar="N", help="Show so many edges from the dataset.")] = 1,
    to: Annotated[
        str | None,
        NODE,
        typer.Option("--to", metavar="OTHER", help="Show the way to another one.", autocompletion=complete.nodes),
    ] = None,
    every: Annotated[
        bool, typer.Option("--every", help="Show edges too that a path explains or that do not count.")
    ] = False,
    documents: Annotated[
        str | None,
        PATH,
        typer.Option(
            "--documents", metavar="FOLDER", help="Read NAME.md or the files of a folder NAME; org/name as org__name."
        ),
    ] = None,
    hub: Annotated[bool, typer.Option("--hub", help="Read READMEs of datasets outside the lake from the hub.")] = False,
    follow: Annotated[
        int, HOPS, typer.Option("--follow", metavar="N", help="Seek documents of parents so many edges up.")
    ] = 3,
    model: Annotated[
        str | None,
        MODEL,
        typer.Option("--model", metavar="MODEL", help="Let a language model read what it has not read yet."),
    ] = None,
    html: Annotated[
        Path | None, PATH, typer.Option("--html", metavar="FILE", help="Write a page to explore it with.")
    ] = None,
    export: Annotated[
        str | None,
        GRAPH_FORMAT,
        typer.Option("--export", metavar="FORMAT", help=f"Write it as one of {', '.join(GRAPH_FORMAT.names)}."),
    ] = None,
    output: Annotated[
        Path | None, PATH, typer.Option("--output", "-o", metavar="FILE", help="Where --export writes; else printed.")
    ] = None,
) -> None:
    """Show which datasets each one comes from, and on what evidence.

    The lineage is brought up to date first: cards are read by rules, with --model by a language model too, whose quotes
    must stand in the text; what is measured comes from `oda overlap`. The relations are `lineage_edges`,
    `lineage_nodes` and `lineage_claims`.
    """
    if session.subcommand is not None:
        session.refuse(*session.given, beside=session.subcommand, hint="What review takes stands after it.")
        return
    _check(session, dataset=dataset, to=to, export=export)
    with session.lake(write=True) as lake, session.progress() as progress:
        from pipelines.lineage import Tracing, lineage  # 0.6 s: pyarrow, duckdb
        from pipelines.tracing.network import Network

        engine = _engine(lake, model) if model else None
        try:
            shelves = _shelves(lake, documents, hub=hub)
            report = lineage(lake, Tracing(follow), shelves=shelves, engine=engine, progress=progress)
        finally:
            if engine is not None:
                engine.close()
        network = Network.of(lake)
        for name in (dataset, to):
            if name is not None:
                network.check(name)
        if html is not None:
            from pipelines.tracing.explorer import page

            _write(html, page(lake, start=dataset or "", progress=progress))
        stale = not _measured(lake)
        statistics = lake.query("from lineage_statistics order by domain nulls first").to_pylist()
    if export is not None:
        _export(session, network.around(dataset, depth) if dataset else network, export, output)
    elif html is None or session.json:
        _show(session, network, report, statistics, dataset=dataset, to=to, depth=depth, every=every)
    if html is not None:
        session.out.line(f"Wrote {html}: {table.count(len(network.nodes), 'dataset')}. Open it in a browser.")
    _remarks(session, report, stale=stale)


def _check(session: Session, *, dataset: str | None, to: str | None, export: str | None) -> None:
    if dataset is None:
        session.refuse("depth", "to", "every", beside="no dataset", hint="Name a dataset first.")
    if to is not None:
        session.refuse("depth", "every", "export", "html", beside="--to")
    if export is None:
        session.refuse("output", beside="no --export")
    else:
        session.refuse("every", "html", beside="--export")
        if session.json:
            raise UsageError("--json has no effect with --export.", hint="Leave --json out; oda is a JSON document.")


def _shelves(lake: Lake, documents: str | None, *, hub: bool) -> list[Shelf]:
    from pipelines.tracing.library import Folder, Hub

    found: list[Shelf] = [Folder(Path(documents).expanduser())] if documents else []
    return [*found, Hub(lake.settings.home / "hub")] if hub else found


def _engine(lake: Lake, model: str) -> Engine:
    from scorers.engines.opening import start
    from scorers.engines.options import Options
    from scorers.models.known import known

    return start(known(lake.settings).find(model), Options(threads=lake.settings.threads))


def _measured(lake: Lake) -> bool:
    from pipelines.overlap import is_current

    return is_current(lake)


def _write(path: Path, text: str) -> None:
    from lake.whole_file import write_whole

    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text.encode())


def _export(session: Session, network: Network, name: str, output: Path | None) -> None:
    from importlib import import_module

    text = import_module(f"pipelines.tracing.exports.{name}").text(network, f"oda-lake {version('oda-lake')}")
    if output is None:
        session.out.write(text)
        return
    _write(output, text)
    session.out.line(f"Wrote {output}: {table.count(len(network.nodes), 'dataset')}.")


def _show(
    session: Session,
    network: Network,
    report: LineageReport,
    statistics: list[dict[str, Any]],
    *,
    dataset: str | None,
    to: str | None,
    depth: int,
    every: bool,
) -> None:
    out = session.out
    if dataset is None:
        if out.json:
            edges = [row for row in network.edges if row["counted"]]
            out.document({**report.as_dict(), "statistics": statistics, "graph": edges})
        else:
            _tell(session, network, statistics)
        return
    if to is not None:
        path = list(network.path(dataset, to))
        if out.json:
            steps = [network.edge(child, parent) for child, parent in pairwise(path)]
            out.document({"from": dataset, "to": to, "path": path, "edges": steps})
        elif path:
            out.line(" <- ".join(reversed(path)))
        else:
            out.line(f"No way leads from {dataset} to {to}.")
        return
    above = network.tree(dataset, "parents", depth, every=every)
    below = network.tree(dataset, "children", depth, every=every)
    if out.json:
        facts = network.nodes[dataset]
        out.document({
            "dataset": facts,
            "parents": [branch.as_dict() for branch in above],
            "children": [branch.as_dict() for branch in below],
        })  # fmt: skip
        return
    for text in tree.lines(network.nodes[dataset], above, below, width=table.room()):
        out.line(text)
    folded = [branch for branch in (*above, *below) if branch.folded]
    if folded:
        out.remark(f"Further: oda lineage {dataset} --depth {depth + 1}")


def _tell(session: Session, network: Network, statistics: list[dict[str, Any]]) -> None:
    out = session.out
    if statistics:
        headers = [
            "domain",
            "datasets",
            "outside",
            "edges",
            "confirmed",
            "declared only",
            "measured only",
            "roots",
            "depth",
        ]
        rows = [
            ("all" if row["domain"] is None else row["domain"], *(row[name.replace(" ", "_")] for name in headers[1:]))
            for row in statistics
        ]
        table.show(out, headers, rows)
    for title, count in (("Most reused", "children"), ("From the most datasets", "ancestors")):
        nodes = sorted(network.nodes.values(), key=lambda row: (-row[count], row["dataset"]))
        top = [(row["dataset"], row[count]) for row in nodes[:_SHOWN] if row[count]]
        if top:
            out.line(f"\n{title}: " + ", ".join(f"{name} ({number:,})" for name, number in top))
    found = [row for row in network.edges if row["verdict"] == "measured only" and row["counted"]]
    if found:
        out.line(f"\n{table.count(len(found), 'edge')} measured that no document mentions:")
        rows = [(row["child"], row["parent"], row["relation"], row["confidence"]) for row in found[:_SHOWN]]
        table.show(out, ["child", "parent", "relation", "confidence"], rows)
    contradicted = [row for row in network.edges if row["verdict"] == "contradicted"]
    for row in contradicted[:_SHOWN]:
        out.line(f"Contradicted: {row['child']} from {row['parent']}: {row['reason']}.", "yellow")


def _remarks(session: Session, report: LineageReport, *, stale: bool) -> None:
    out = session.out
    if report.claims.get("review"):
        out.remark(f"Doubtful statements to decide on: {report.claims['review']:,}. See: oda lineage review")
    for place, problem in list(report.failed.items())[:_SHOWN]:
        out.remark(f"Not read: {place}: {problem}")
    if stale:
        out.remark("Overlaps are not measured, or datasets changed since: oda overlap, then this again.")


@register(
    app,
    "review",
    "oda lineage review  # what waits for a decision, with the quotes",
    "oda lineage review retold acme/tales --accept --relation translation",
    "oda lineage review retold 'Tales of old' --accept --same-as old_tales  # says what a name means",
    "oda lineage review retold acme/tales --reject --note 'only inspired by it'",
    "oda lineage review --decided  # decisions that are kept",
)
def _review(
    session: Session,
    *,
    child: Annotated[
        str | None, NODE, typer.Argument(metavar="CHILD", help="A dataset.", autocompletion=complete.nodes)
    ] = None,
    parent: Annotated[
        str | None,
        MENTION,
        typer.Argument(metavar="PARENT", help="What it comes from, or a name for it.", autocompletion=complete.nodes),
    ] = None,
    accept: Annotated[bool, typer.Option("--accept", help="It is a parent.")] = False,
    reject: Annotated[bool, typer.Option("--reject", help="It is none.")] = False,  # noqa: ARG001 - read as given
    forget: Annotated[bool, typer.Option("--forget", help="Take the decision back.")] = False,
    relation: Annotated[
        str | None,
        RELATION,
        typer.Option("--relation", metavar="RELATION", help=f"What was done with it: {', '.join(RELATION.names)}."),
    ] = None,
    same_as: Annotated[
        str | None,
        NODE,
        typer.Option(
            "--same-as", metavar="DATASET", help="The dataset that the name means.", autocompletion=complete.nodes
        ),
    ] = None,
    note: Annotated[str | None, TEXT, typer.Option("--note", metavar="TEXT", help="Why.")] = None,
    decided: Annotated[bool, typer.Option("--decided", help="List the decisions that are kept.")] = False,
) -> None:
    """Decide on doubtful parents; decisions are kept, whoever reads the documents again.

    Without names, lists what waits: statements that are ambiguous, names that are only similar, benchmarks that are
    named as sources.
    """
    chosen = [name for name in ("accept", "reject", "forget") if name in session.given]
    if child is None:
        session.refuse(*chosen, "relation", "same_as", "note", beside="no names", hint="Name child and parent.")
        _list(session, decided=decided)
        return
    if decided:
        session.refuse("decided", beside="the names of two datasets")
    if parent is None or len(chosen) != 1:
        raise UsageError(
            "A decision takes a child, a parent, and one of --accept, --reject and --forget.",
            hint=f"oda lineage review {child} {parent or 'PARENT'} --accept",
        )
    if not accept:
        session.refuse("relation", "same_as", beside=f"--{chosen[0]}")
    from pipelines import lineage as steps
    from pipelines.tracing.judged import Decision

    with session.lake(write=True) as lake, session.progress() as progress:
        if forget:
            report = steps.forget(lake, child, parent, progress=progress)
        else:
            choice = Decision(child, parent, "accept" if accept else "reject", relation, same_as)
            report = steps.decide(lake, choice, note or "", progress=progress)
    if session.json:
        session.out.document({"child": child, "parent": parent, "decision": chosen[0], **report.as_dict()})
    else:
        verb = {"accept": "is a parent of", "reject": "is no parent of", "forget": "is undecided as a parent of"}
        session.out.line(f"{parent} {verb[chosen[0]]} {child}: kept.")
        session.out.remark(f"Statements left to decide on: {report.claims.get('review', 0):,}.")


def _list(session: Session, *, decided: bool) -> None:
    out = session.out
    relation = "lineage_reviews order by decided, child, parent" if decided else "lineage_review order by child, parent"
    with session.lake() as lake:
        rows = lake.query(f"from {relation}").to_pylist()
    if out.json:
        out.document([{k: str(v) if isinstance(v, dt.datetime) else v for k, v in row.items()} for row in rows])
    elif not rows:
        out.line("No decisions yet." if decided else "Nothing waits for a decision.")
    elif decided:
        names = ("child", "parent", "decision", "relation", "same_as", "note", "decided")
        table.show(out, names, [[row[name] if row[name] is not None else "" for name in names] for row in rows])
    else:
        for row in rows:
            measured = f"; measured: {row['measured']}" if row["measured"] else ""
            out.line(f"{row['child']} from {row['parent']}? {row['relation']}, {row['reason']}{measured}")
            if row["quote"]:
                out.line(f"  {row['place']}: “{' '.join(row['quote'].split())}”")
        first = rows[0]
        out.remark(f"Decide: oda lineage review {first['child']} {first['parent']} --accept, or --reject")
