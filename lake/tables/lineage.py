"""Documents about datasets, what they claim, what a person decided, and the graph of it."""

from __future__ import annotations

from lake.tables.schema import Column, Table

LINEAGE_DOCUMENTS = Table(
    "lineage_documents",
    "One row per document about a dataset that was read besides the cards of the lake's own.",
    (
        Column("dataset", "VARCHAR", "dataset it is about, in the lake or not"),
        Column("place", "VARCHAR", "what it is: a file of the folder of documents, or its address"),
        Column("digest", "VARCHAR", "SHA-256 of the text"),
        Column("text", "VARCHAR", "the text"),
        Column("license", "VARCHAR", "licence that it states"),
        Column("released", "DATE", "release date that it states"),
    ),
    since=7,
    keys=(("dataset", "place"),),
)

LINEAGE_READINGS = Table(
    "lineage_readings",
    "One row per document and reader that is a language model: whether it was read, so that nothing is asked twice.",
    (
        Column("dataset", "VARCHAR", "dataset the document is about"),
        Column("place", "VARCHAR", "what the document is"),
        Column("digest", "VARCHAR", "SHA-256 of the text that was read"),
        Column("reader", "VARCHAR", "model, revision, engine and question"),
        Column("status", "VARCHAR", "ok or failed"),
        Column("reason", "VARCHAR", "why it could not be read, in whole or in part"),
        Column("claims", "BIGINT", "statements found"),
    ),
    since=7,
    keys=(("dataset", "place", "reader"),),
)

LINEAGE_CLAIMS = Table(
    "lineage_claims",
    "One row per statement of a document on where a dataset comes from, and what became of it.",
    (
        Column("child", "VARCHAR", "dataset the document is about"),
        Column("mention", "VARCHAR", "the source, as the document names it"),
        Column("relation", "VARCHAR", "what was done with it; derived where that is not said"),
        Column("use", "VARCHAR", "source, evaluation or mention"),
        Column("confidence", "DOUBLE", "how surely the document says so, 0 to 1"),
        Column("quote", "VARCHAR", "the span that says so, verbatim; NULL for a field of a description"),
        Column("place", "VARCHAR", "where it stands: description, card, or the document"),
        Column("reader", "VARCHAR", "who read it: fields, cues, or a model"),
        Column("parent", "VARCHAR", "dataset that the name means; NULL where it means none"),
        Column("resolution", "VARCHAR", "how that was found"),
        Column("certainty", "DOUBLE", "that the name means this dataset, 0 to 1"),
        Column("outcome", "VARCHAR", "edge, review or refused"),
        Column("reason", "VARCHAR", "why it is refused or has to be reviewed"),
    ),
    since=7,
    keys=(("child", "mention", "place", "reader", "quote"),),
)

LINEAGE_REVIEWS = Table(
    "lineage_reviews",
    "One row per decision of a person on a child and a parent.",
    (
        Column("child", "VARCHAR", "dataset"),
        Column("parent", "VARCHAR", "parent, or a name that documents give it"),
        Column("decision", "VARCHAR", "accept or reject"),
        Column("relation", "VARCHAR", "what was done with it, where the person says so"),
        Column("same_as", "VARCHAR", "dataset that the name means, where the person says so"),
        Column("note", "VARCHAR", "why"),
        Column("decided", "TIMESTAMP", "when, UTC"),
    ),
    since=7,
    keys=(("child", "parent"),),
)

LINEAGE_EDGES = Table(
    "lineage_edges",
    "One row per child and parent: what documents say, what was measured, and the verdict of both.",
    (
        Column("child", "VARCHAR", "dataset that comes from the parent"),
        Column("parent", "VARCHAR", "dataset it comes from, in the lake or not"),
        Column("relation", "VARCHAR", "what was done: as declared, else as measured"),
        Column("verdict", "VARCHAR", "confirmed, declared only, measured only or contradicted"),
        Column("confidence", "DOUBLE", "the higher one of both kinds of evidence"),
        Column("counted", "BOOLEAN", "whether it is an edge of the graph: ancestors, depth and licences follow it"),
        Column("via", "VARCHAR", "a dataset that explains it: on a path from child to parent, or parent of both"),
        Column("reason", "VARCHAR", "why it is contradicted or not counted"),
        Column("decision", "VARCHAR", "accept or reject, where a person decided"),
        Column("declared_relation", "VARCHAR", "what documents say was done"),
        Column("declared_confidence", "DOUBLE", "how surely they say so"),
        Column("quote", "VARCHAR", "the surest quote"),
        Column("place", "VARCHAR", "where it stands"),
        Column("reader", "VARCHAR", "who read it"),
        Column("claims", "BIGINT", "statements that say so"),
        Column("measured_relation", "VARCHAR", "what the overlap of both looks like"),
        Column("measured_confidence", "DOUBLE", "how surely"),
        Column("direction", "VARCHAR", "the rule that says which is the child, see measured_relations"),
        Column("prompts", "DOUBLE", "share of the child's prompts that the parent has"),
        Column("parent_prompts", "DOUBLE", "share of the parent's prompts that the child has"),
        Column("prompt_rows", "BIGINT", "rows of the child whose prompt the parent has"),
        Column("runs", "DOUBLE", "share of the word runs of the child's prompts that the parent has"),
        Column("answers", "DOUBLE", "of prompts that both have, the share with the same answer"),
    ),
    since=7,
    keys=(("child", "parent"),),
)

LINEAGE_NODES = Table(
    "lineage_nodes",
    "One row per dataset of the lineage, in the lake or named by documents only, with its place in the drawing.",
    (
        Column("dataset", "VARCHAR", "name; of those outside the lake organisation/name where known"),
        Column("inside", "BOOLEAN", "whether it is in the lake"),
        Column("kind", "VARCHAR", "train or benchmark; NULL outside the lake"),
        Column("domains", "VARCHAR[]", "subject areas"),
        Column("released", "DATE", "release date"),
        Column("license", "VARCHAR", "licence, as its source states it"),
        Column(
            "terms",
            "VARCHAR[]",
            "what the licence asks for, such as attribution or non_commercial; unstated; unknown",
        ),
        Column("source", "VARCHAR", "where it was read from or is published"),
        Column("rows", "BIGINT", "samples; NULL outside the lake"),
        Column("ending", "VARCHAR", "why no parent is known: no document, or none named; NULL where there are some"),
        Column("depth", "BIGINT", "edges of the longest path to a root"),
        Column("parents", "BIGINT", "edges to parents"),
        Column("children", "BIGINT", "edges from children"),
        Column("ancestors", "BIGINT", "distinct datasets it comes from"),
        Column("descendants", "BIGINT", "distinct datasets that come from it"),
        Column("layer", "BIGINT", "column of the drawing, roots first"),
        Column("place", "BIGINT", "place in the layer, from 0"),
        Column("x", "DOUBLE", "coordinate, layers 320 apart"),
        Column("y", "DOUBLE", "coordinate, at least 48 apart in a layer, downwards"),
    ),
    since=7,
    keys=(("dataset",),),
)
