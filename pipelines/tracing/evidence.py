"""The relations of the lineage in the lake: what is read of others, and how its own are written."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from lake.catalog import Connection, Lake
from lake.relations import keep, quote
from lake.rows import delete, put
from lake.tables import LINEAGE_CLAIMS, LINEAGE_READINGS, Table
from pipelines.tracing.claims import Claim, Document
from pipelines.tracing.judged import FIELDS, Decision
from pipelines.tracing.library import Held, digest, of_text
from pipelines.tracing.reader import Reading
from pipelines.tracing.registry import Known


def datasets(lake: Lake) -> dict[str, tuple[Known, Held]]:
    """The datasets of the lake: what is known of each, and what its description and card say."""
    found = {}
    for name, kind, source, released, licence, parents, text in lake.rows(
        "select dataset, kind, source, released, license, parents, card from datasets order by dataset"
    ):
        documents = (Document(name, "card", text),) if text else ()
        known = Known(name, kind, source or "", released)
        found[name] = (known, Held(documents, tuple(parents or ()), licence, released))
    return found


def measured(lake: Lake) -> frozenset[tuple[str, str]]:
    """Pairs (child, parent), both ways, that share something; `measured` and `shares` then hold what is measured.

    What overlaps mean are views over views; they are asked once a run.
    """
    keep(lake.connection, "measured", "measured_relations")
    keep(lake.connection, "shares", "dataset_pairs")
    rows = lake.rows("select child, parent from temp.measured")
    return frozenset(pair for child, parent in rows for pair in ((child, parent), (parent, child)))


def decisions(lake: Lake) -> dict[tuple[str, str], Decision]:
    """What people decided, by child and parent."""
    rows = lake.rows("select child, parent, decision, relation, same_as from lineage_reviews order by decided")
    return {(row[0], row[1]): Decision(*row) for row in rows}


def documents(lake: Lake) -> dict[str, list[Held]]:
    """The documents of earlier runs that are no cards of the lake, by dataset."""
    found: dict[str, list[Held]] = {}
    for dataset, place, text in lake.rows("select dataset, place, text from lineage_documents order by dataset, place"):
        found.setdefault(dataset, []).append(of_text(dataset, place, text))
    return found


def readings(lake: Lake, reader: str) -> dict[tuple[str, str], str]:
    """The digest of every document that a model has read without fault, by dataset and place."""
    rows = lake.rows("select dataset, place, digest from lineage_readings where reader = ? and status = 'ok'", [reader])
    return {(dataset, place): found for dataset, place, found in rows}


def claims_of_models(lake: Lake) -> list[tuple[Claim, str]]:
    """What models found in earlier runs, each with the digest of the document it was found in."""
    rows = lake.rows(
        'select claims.child, mention, relation, confidence, quote, claims.place, claims.reader, "use", digest '
        "from lineage_claims as claims join lineage_readings as readings "
        "on readings.dataset = claims.child and readings.place = claims.place and readings.reader = claims.reader "
        "order by all"
    )
    return [(Claim(*row[:8]), row[8]) for row in rows]


def fields_of(node: str, held: Held) -> list[Claim]:
    """The claims of the fields of a description."""
    return [Claim(node, parent, "derived", 1.0, "", "description", FIELDS) for parent in held.parents]


def store_readings(lake: Lake, reader: str, found: Sequence[Reading]) -> None:
    """Commit what a model read of some documents: the readings and their claims, which are judged later."""
    rows, claims = [], []
    for reading in found:
        document = reading.document
        rows.append({
            "dataset": document.node, "place": document.place, "digest": digest(document.text), "reader": reader,
            "status": "failed" if reading.problem else "ok", "reason": reading.problem or None,
            "claims": len(reading.claims),
        })  # fmt: skip
        for claim in reading.claims:
            row = {name: getattr(claim, name) for name in LINEAGE_CLAIMS.column_names if hasattr(claim, name)}
            refused = {"outcome": "refused", "reason": claim.problem}
            claims.append({**row, **(refused if claim.problem else {"outcome": "review", "reason": "not judged yet"})})

    def work(connection: Connection) -> None:
        for row in rows:
            dataset, place = row["dataset"], row["place"]
            delete(connection, LINEAGE_READINGS.name, dataset=dataset, place=place, reader=reader)
            delete(connection, LINEAGE_CLAIMS.name, child=dataset, place=place, reader=reader)
        put(connection, LINEAGE_READINGS, rows)
        put(connection, LINEAGE_CLAIMS, claims)

    lake.transact(work, message=f"lineage: {len(rows)} documents read by {reader}", extra={"step": "lineage"})


def stands(lake: Lake, table: Table, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a relation holds exactly these rows already."""
    names = ", ".join(quote(name) for name in table.column_names)
    there = lake.query(f"select {names} from {table.name}").cast(table.arrow_schema).to_pylist()
    wanted = pa.Table.from_pylist([{n: row.get(n) for n in table.column_names} for row in rows], table.arrow_schema)
    return _sorted(there) == _sorted(wanted.to_pylist())


def _sorted(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(row, default=str, sort_keys=True) for row in rows)


def rows_of_documents(node: str, held: Held) -> list[dict[str, Any]]:
    """The rows of `lineage_documents` for what shelves hold of a dataset."""
    facts = {"dataset": node, "license": held.license, "released": held.released}
    return [{**facts, "place": place, "digest": digest(text), "text": text} for place, text in held.sources]
