"""Lineage: which datasets each one comes from, as documents say and as measured, with a verdict on every edge.

Documents are read breadth-first from the datasets of the lake up to a depth; names are resolved, claims judged, and
met with `measured_relations`. What is stored is a function of the lake: a run that finds nothing new writes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any

from lake.catalog import Connection, Lake
from lake.failures import translated_errors
from lake.rows import delete, put
from lake.tables import LINEAGE_CLAIMS, LINEAGE_DOCUMENTS, LINEAGE_EDGES, LINEAGE_NODES
from lake.values import HOPS, check
from pipelines.progress import Progress, Silent
from pipelines.tracing import cues, evidence, reader, review, standing
from pipelines.tracing.claims import Claim, Document
from pipelines.tracing.judged import Decision, Judged, judge
from pipelines.tracing.library import Held, Shelf, digest, together
from pipelines.tracing.recall import Recall
from pipelines.tracing.registry import ITSELF, Known, Registry, Resolution
from scorers.engines.interface import Engine

_AT_ONCE = 16
"""Documents that a model reads before what it found is committed."""


@dataclass(frozen=True)
class Tracing:
    """How far documents are sought: 0 for the datasets of the lake, 1 for their parents too, and so on.

    Documents of earlier runs are at hand and count at any depth.
    """

    depth: Annotated[int, HOPS] = 3

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class LineageReport:
    """What a run found; read: documents that a model read this time; current: whether all of it stood already."""

    datasets: int
    outside: int
    documents: int
    read: int
    failed: dict[str, str]
    claims: dict[str, int]
    edges: dict[str, int]
    depth: int
    current: bool

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


@dataclass
class _Found:
    """What the documents of datasets say, by dataset; and what could not be had or read."""

    earlier: dict[str, list[Held]] = field(default_factory=dict)
    held: dict[str, Held] = field(default_factory=dict)
    claims: dict[str, list[Claim]] = field(default_factory=dict)
    kept: list[dict[str, Any]] = field(default_factory=list)
    read: int = 0
    failed: dict[str, str] = field(default_factory=dict)

    def beyond(self, lake: Lake) -> list[Judged]:
        """What models read in earlier runs of datasets to which no edge leads now: kept, but without effect."""
        left = {node: held for node, held in self.earlier.items() if node not in self.held}
        self.kept += [row for node in left for each in left[node] for row in evidence.rows_of_documents(node, each)]
        texts = {(d.node, d.place): digest(d.text) for held in left.values() for each in held for d in each.documents}
        return [
            Judged(claim, Resolution("", ""), "refused", "no edge leads to this dataset any more")
            for claim, seen in evidence.claims_of_models(lake)
            if texts.get((claim.child, claim.place)) == seen
        ]

    def every(self) -> list[Claim]:
        """All claims, each statement once."""
        once: dict[tuple[str, ...], Claim] = {}
        for claims in self.claims.values():
            for claim in claims:
                key = (claim.child, claim.mention, claim.place, claim.reader, claim.quote)
                if key not in once or once[key].confidence < claim.confidence:
                    once[key] = claim
        return list(once.values())


def lineage(
    lake: Lake,
    tracing: Tracing | None = None,
    *,
    shelves: Sequence[Shelf] = (),
    engine: Engine | None = None,
    progress: Progress | None = None,
) -> LineageReport:
    """Bring the lineage up to date.

    - shelves: where documents are looked for besides the cards of the lake; those of earlier runs are kept.
    - engine: a language model that reads documents it has not read yet; what models found before counts in any case.

    Raises EngineError when the engine cannot go on; what it read until then is kept.
    """
    tracing, progress = tracing or Tracing(), progress or Silent()
    with translated_errors(lake.settings):
        inside = evidence.datasets(lake)
        registry = Registry({name: known for name, (known, _) in inside.items()})
        registry.related = evidence.measured(lake)
        decided = evidence.decisions(lake)
        registry.same = {key[1].lower(): choice.same_as for key, choice in decided.items() if choice.same_as}
        found, recall = _Found(earlier=evidence.documents(lake)), Recall(lake.settings)
        level, judged = list(inside), list[Judged]()
        hops = 0
        while level:
            near = hops <= tracing.depth
            _collect(level, inside, shelves if near else (), found)
            if engine is not None and near:
                _ask(lake, [each for node in level for each in found.held[node].documents], engine, found, progress)
            _read(lake, level, registry.known.keys(), found, recall)
            registry.known = {**registry.known, **_outside(found, inside)}
            judged = [each for each in judge(found.every(), registry, decided) if not _idle(each)]
            hops += 1
            level = sorted({each.resolution.node for each in judged if _followed(each)} - found.held.keys())
            if hops > tracing.depth:  # what is at hand from earlier runs is followed all the same
                level = [node for node in level if node in found.earlier]
        recall.keep()
        judged += found.beyond(lake)
        edges, shape = standing.edges(lake, judged)
        nodes = standing.nodes(lake, edges, shape, found.held)
        current = _store(lake, found.kept, [each.as_row() for each in judged], edges, nodes)
    return LineageReport(
        datasets=len(inside),
        outside=sum(not row["inside"] for row in nodes),
        documents=sum(len(each.documents) for each in found.held.values()),
        read=found.read,
        failed=found.failed,
        claims=dict(Counter(each.outcome for each in judged)),
        edges=dict(Counter(row["verdict"] for row in edges)),
        depth=max((row["depth"] for row in nodes), default=0),
        current=current,
    )


def decide(lake: Lake, decision: Decision, note: str = "", *, progress: Progress | None = None) -> LineageReport:
    """Keep what a person decided on a child and a parent, or a name that documents give it, and let it take effect.

    Raises UnknownNameError where nothing is claimed or measured of the two, and for what `same_as` does not find.
    """
    review.store(lake, decision, note)
    return lineage(lake, progress=progress)


def forget(lake: Lake, child: str, parent: str, *, progress: Progress | None = None) -> LineageReport:
    """Take a decision back; raises UnknownNameError where there is none."""
    review.drop(lake, child, parent)
    return lineage(lake, progress=progress)


def _collect(level: list[str], inside: dict[str, tuple[Known, Held]], shelves: Sequence[Shelf], found: _Found) -> None:
    """Put what there is on the datasets of a level into `found`."""
    for node in level:
        own = inside[node][1] if node in inside else Held()
        fresh = [shelf.held(node) for shelf in shelves]
        places = {place for held in fresh for place, _ in held.sources}
        older = [held for held in found.earlier.get(node, ()) if held.sources[0][0] not in places]
        for held in (*fresh, *older):
            found.kept += evidence.rows_of_documents(node, held)
        found.held[node] = together([own, *fresh, *older])
    for shelf in shelves:
        found.failed.update(getattr(shelf, "failures", {}))


def _read(lake: Lake, level: list[str], names: Collection[str], found: _Found, recall: Recall) -> None:
    """Read the documents of a level: fields, cues, and what models found in them; names: datasets to look for."""
    documents = [document for node in level for document in found.held[node].documents]
    texts = {(document.node, document.place): document.text for document in documents}
    for node in level:
        held = found.held[node]
        found.claims[node] = evidence.fields_of(node, held)
        for document in held.documents:
            found.claims[node] += recall.read(document, names)
    for claim, seen in evidence.claims_of_models(lake):
        text = texts.get((claim.child, claim.place))
        if text is not None and digest(text) == seen:
            found.claims[claim.child].append(reader.checked(claim, text))


def _ask(lake: Lake, documents: list[Document], engine: Engine, found: _Found, progress: Progress) -> None:
    name = reader.reader_of(engine)
    known = evidence.readings(lake, name)
    pending = [each for each in documents if known.get((each.node, each.place)) != digest(each.text)]
    progress.start("read documents", len(pending), "documents")
    for first in range(0, len(pending), _AT_ONCE):
        part = pending[first : first + _AT_ONCE]
        readings = reader.read(engine, part)
        evidence.store_readings(lake, name, readings)
        found.read += sum(not reading.problem for reading in readings)
        found.failed |= {f"{r.document.node}: {r.document.place}": r.problem for r in readings if r.problem}
        progress.advance(len(part))
    progress.finish()


def _outside(found: _Found, inside: dict[str, tuple[Known, Held]]) -> dict[str, Known]:
    """Datasets outside the lake of which documents were read, with the dates these state."""
    return {
        node: Known(node, "", f"hf://{node}" if "/" in node else "", held.released, in_lake=False)
        for node, held in found.held.items()
        if node not in inside
    }


def _idle(judged: Judged) -> bool:
    """Whether a card only names its own dataset, as it does in every other sentence."""
    return judged.claim.reader == cues.READER and judged.reason == ITSELF


def _followed(judged: Judged) -> bool:
    return judged.outcome != "refused" and bool(judged.resolution.node)


def _store(lake: Lake, documents: list[Any], claims: list[Any], edges: list[Any], nodes: list[Any]) -> bool:
    """Commit what differs from what stands; whether nothing did."""
    wanted = (
        (LINEAGE_DOCUMENTS, documents),
        (LINEAGE_CLAIMS, claims),
        (LINEAGE_EDGES, edges),
        (LINEAGE_NODES, nodes),
    )
    changed = [(table, rows) for table, rows in wanted if not evidence.stands(lake, table, rows)]
    if not changed:
        return True

    def work(connection: Connection) -> None:
        for table, rows in changed:
            delete(connection, table.name)
            put(connection, table, rows)

    lake.transact(work, message=f"lineage: {len(edges)} edges, {len(nodes)} datasets", extra={"step": "lineage"})
    return False
