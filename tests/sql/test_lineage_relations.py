"""The relations of lineage: what documents and measurement say together, and what follows from the graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb
import pytest
from literal_relations import result

from lake.relations import statement

CLAIMS = (
    'child varchar, mention varchar, relation varchar, "use" varchar, confidence double, quote varchar, place varchar, '
    "reader varchar, parent varchar, resolution varchar, certainty double, outcome varchar, reason varchar"
)
REVIEWS = "child varchar, parent varchar, decision varchar, relation varchar, same_as varchar, note varchar, decided timestamp"
DECLARED = (
    "child varchar, parent varchar, relation varchar, decision varchar, confidence double, quote varchar, place varchar, "
    "reader varchar, claims bigint"
)
MEASURED = (
    "child varchar, parent varchar, relation varchar, confidence double, direction varchar, strength double, "
    "prompts double, parent_prompts double, prompt_rows double, parent_prompt_rows double, runs double, "
    "parent_runs double, content double, answers double, via varchar"
)
SHARES = "dataset varchar, other varchar, prompts double, prompt_rows bigint, runs double, answers double"
REDUNDANCY = "dataset varchar, measure varchar"
EDGES = "child varchar, parent varchar, relation varchar, verdict varchar, counted boolean, measured_relation varchar"
NODES = (
    "dataset varchar, inside boolean, kind varchar, domains varchar[], license varchar, terms varchar[], depth bigint, "
    "parents bigint, children bigint, ancestors bigint, descendants bigint"
)


def claim(
    child: str, parent: str, relation: str, confidence: float, reader: str, outcome: str = "edge"
) -> tuple[Any, ...]:
    quote = None if reader == "fields 1" else f"{child} from {parent}, {reader}"
    return (
        child,
        parent.upper(),
        relation,
        "source",
        confidence,
        quote,
        "card",
        reader,
        parent,
        "alias",
        0.9,
        outcome,
        None,
    )


def test_declared_edges_take_the_surest_words() -> None:
    claims = [
        claim("a", "b", "derived", 1.0, "fields 1"),
        claim("a", "b", "inclusion", 0.95, "cues 1"),
        claim("a", "b", "refinement", 0.8, "model"),
        claim("a", "b", "mixture", 0.99, "cues 1", "review"),
        claim("a", "c", "derived", 0.9, "cues 1"),
        claim("d", "c", "inclusion", 0.9, "cues 1"),
    ]
    reviews = [("d", "C", "accept", "translation", None, None, None), ("a", "c", "reject", None, None, None, None)]
    found = result("declared_edges", {"claims": (CLAIMS, claims), "lineage_reviews": (REVIEWS, reviews)})
    assert [row[:4] + row[5:] for row in found] == [
        ("a", "b", "refinement", None, "a from b, model", "card", "model", 3),
        ("a", "c", "derived", None, "a from c, cues 1", "card", "cues 1", 1),
        ("d", "c", "translation", "accept", "d from c, cues 1", "card", "cues 1", 1),
    ]
    assert [row[4] for row in found] == pytest.approx([0.9, 0.81, 0.81])
    assert result("declared_edges", {"claims": (CLAIMS, []), "lineage_reviews": (REVIEWS, [])}) == []


def declared(child: str, parent: str, relation: str) -> tuple[Any, ...]:
    return (child, parent, relation, None, 0.9, "said", "card", "cues 1", 1)


def measured(
    child: str, parent: str, relation: str, prompts: float, back: float, via: str | None = None
) -> tuple[Any, ...]:
    return (child, parent, relation, 0.8, "contained", prompts, prompts, back, 10, 10, prompts, back, 0, 0.5, via)


def judged(
    declared_rows: list[Any], measured_rows: list[Any], shares: list[Any], names: str, reviews: Sequence[Any] = ()
) -> Any:
    tables = {
        "declared_edges": (DECLARED, declared_rows),
        "measured": (MEASURED, measured_rows),
        "shares": (SHARES, shares),
        "dataset_redundancy": (REDUNDANCY, [(name, "letters") for name in names]),
        "lineage_reviews": (REVIEWS, reviews),
    }
    connection = duckdb.connect()
    for table, (columns, rows) in tables.items():
        connection.execute(f"create table {table} ({columns})")
        if rows:
            connection.executemany(f"insert into {table} values ({', '.join('?' * len(rows[0]))})", rows)
    text, _ = statement("judged_edges", {})
    wanted = "child, parent, relation, verdict, direction, prompts, parent_prompts, measured_via, reason"
    return connection.execute(f"select {wanted} from ({text}) order by all").fetchall()


def test_both_kinds_of_evidence_meet_in_a_verdict() -> None:
    found = judged(
        [
            declared("a", "b", "inclusion"),
            declared("a", "out", "mixture"),
            declared("b", "c", "translation"),
            declared("d", "c", "derived"),
        ],
        [
            measured("a", "b", "distillation", 0.9, 0.2),
            measured("d", "a", "inclusion", 1.0, 0.5, "b"),
            measured("d", "c", "refinement", 0.6, 0.1),
        ],
        [],
        "abcd",
    )
    assert found == [
        ("a", "b", "inclusion", "confirmed", "contained", 0.9, 0.2, None, None),
        ("a", "out", "mixture", "declared only", None, None, None, None, None),
        ("b", "c", "translation", "declared only", None, None, None, None, None),
        ("d", "a", "inclusion", "measured only", "contained", 1.0, 0.5, "b", None),
        ("d", "c", "refinement", "confirmed", "contained", 0.6, 0.1, None, None),
    ]


def test_a_document_says_which_of_two_is_the_child() -> None:
    shares = [("mix", "part", 0.2, 40, 0.1, 0.9), ("part", "mix", 1.0, 40, 1.0, 0.9)]
    found = judged([declared("mix", "part", "mixture")], [measured("part", "mix", "inclusion", 1.0, 0.2)], shares, "")
    assert found == [("mix", "part", "mixture", "confirmed", "declared", 0.2, 1.0, None, None)]


def test_what_is_declared_but_shares_nothing_is_contradicted_where_it_would_have_to() -> None:
    rows = [declared("a", parent, relation) for parent, relation in
            (("b", "inclusion"), ("c", "mixture"), ("d", "augmentation"), ("e", "distillation"), ("x", "inclusion"))]  # fmt: skip
    found = judged(rows, [], [("a", "b", 0.04, 4, 0.0, None), ("a", "e", 0.0, 0, 0.3, None)], "abcde")
    assert [(row[1], row[3], row[8]) for row in found] == [
        ("b", "contradicted", "inclusion is declared, but 4.0 % of its prompts are in the parent"),
        ("c", "contradicted", "mixture is declared, but 0.0 % of its prompts are in the parent"),
        ("d", "declared only", None),
        ("e", "declared only", None),  # its prompts are wrapped: their word runs are there
        ("x", "declared only", None),  # outside the lake nothing was measured
    ]


def test_two_that_only_share_something_are_no_edge_unless_a_document_says_so() -> None:
    shared = [measured("a", "b", "shared_source", 0.2, 0.2), measured("c", "d", "shared_source", 0.2, 0.2)]
    found = judged([declared("a", "b", "derived")], shared, [], "abcd")
    assert found == [("a", "b", "derived", "confirmed", "contained", 0.2, 0.2, None, None)]


def test_a_person_rejects_or_confirms_what_was_measured() -> None:
    rows = [measured("a", "b", "inclusion", 1, 1), measured("c", "d", "inclusion", 1, 1)]
    reviews = [("a", "b", "reject", None, None, None, None), ("c", "d", "accept", None, None, None, None)]
    assert [(row[3], row[8]) for row in judged([], rows, [], "abcd", reviews)] == [
        ("measured only", "rejected by a person"),
        ("confirmed", None),
    ]


GRAPH = [
    ("mix", "left", "mixture", "confirmed", True, None),
    ("mix", "right", "mixture", "measured only", True, None),
    ("left", "root", "inclusion", "declared only", True, None),
    ("right", "root", "inclusion", "declared only", True, None),
    ("mix", "false", "inclusion", "contradicted", False, None),
]


def test_ancestors_go_along_edges_that_count() -> None:
    found = result("lineage_ancestors", {"lineage_edges": (EDGES, GRAPH)})
    assert found == [
        ("left", "root", 1, "root"),
        ("mix", "left", 1, "left"),
        ("mix", "right", 1, "right"),
        ("mix", "root", 2, "left"),
        ("right", "root", 1, "root"),
    ]
    assert result("lineage_ancestors", {"lineage_edges": (EDGES, [])}) == []


def test_a_cycle_that_got_in_does_not_run_for_ever() -> None:
    rows = [("a", "b", "derived", "declared only", True, None), ("b", "a", "derived", "declared only", True, None)]
    assert ("a", "a", 2, "b") in result("lineage_ancestors", {"lineage_edges": (EDGES, rows)})


def node(
    name: str,
    licence: str | None,
    terms: list[str],
    depth: int,
    counts: tuple[int, int, int, int],
    kind: str = "train",
    domains: list[str] | None = None,
) -> tuple[Any, ...]:
    return (name, name != "root", kind, domains, licence, terms, depth, *counts)


PLACES = [
    node("root", "cc-by-nc-4.0", ["attribution", "non_commercial"], 0, (0, 2, 0, 3)),
    node("left", "mit", ["attribution"], 1, (1, 1, 1, 1), domains=["math"]),
    node("right", None, ["unstated"], 1, (1, 1, 1, 1), domains=["code"]),
    node("mix", "cc-by-sa-4.0", ["attribution", "share_alike"], 2, (2, 0, 3, 0), domains=["math", "code"]),
    node("alone", "mit", ["attribution"], 0, (0, 0, 0, 0)),
]


def test_statistics_of_the_graph_and_of_a_domain() -> None:
    found = result("lineage_statistics", {"lineage_nodes": (NODES, PLACES), "lineage_edges": (EDGES, GRAPH)})
    # domain, datasets, outside, edges, confirmed, declared, measured, roots, alone, depth, mean depth, mean parents, …
    assert found == [
        ("code", 2, 0, 3, 1, 1, 1, 0, 0, 2, 1.5, 1.5, "right", 1, "mix", 3),
        ("math", 2, 0, 3, 1, 1, 1, 0, 0, 2, 1.5, 1.5, "left", 1, "mix", 3),
        (None, 5, 1, 4, 1, 2, 1, 1, 1, 2, 1.0, 4 / 3, "root", 2, "mix", 3),
    ]


def test_licences_come_down_the_graph_and_conflict() -> None:
    ancestors = ("dataset varchar, ancestor varchar, hops bigint, toward varchar",
                 result("lineage_ancestors", {"lineage_edges": (EDGES, GRAPH)}))  # fmt: skip
    tables = {"lineage_ancestors": ancestors, "lineage_nodes": (NODES, PLACES)}
    inherited = result("licence_inheritance", tables)
    assert [row for row in inherited if row[0] == "mix"] == [
        ("mix", "cc-by-sa-4.0", "left", "mit", "attribution", 1, True),
        ("mix", "cc-by-sa-4.0", "root", "cc-by-nc-4.0", "attribution", 2, True),
        ("mix", "cc-by-sa-4.0", "root", "cc-by-nc-4.0", "non_commercial", 2, False),
    ]
    columns = "dataset varchar, license varchar, ancestor varchar, ancestor_license varchar, term varchar, hops bigint, stated boolean"
    conflicts = result(
        "licence_conflicts", {**tables, "lineage_edges": (EDGES, GRAPH), "licence_inheritance": (columns, inherited)}
    )
    assert [(row[0], row[2], row[4], row[6], row[7]) for row in conflicts] == [
        (
            "left",
            "root",
            "non_commercial",
            "declared only",
            "mit over root (cc-by-nc-4.0), which is for non-commercial use",
        ),
        (
            "mix",
            "root",
            "non_commercial",
            "confirmed",
            "cc-by-sa-4.0 over root (cc-by-nc-4.0), which is for non-commercial use",
        ),
        (
            "right",
            "root",
            "non_commercial",
            "declared only",
            "no licence over root (cc-by-nc-4.0), which is for non-commercial use",
        ),
    ]
    members = ("slice varchar, dataset varchar", [("s", "mix"), ("s", "mix"), ("s", "alone"), ("s", None)])
    assert result(
        "slice_licences",
        {"slice_members": members, "lineage_nodes": (NODES, PLACES), "licence_inheritance": (columns, inherited)},
    ) == [
        ("s", "alone", 1, "mit", ["attribution"]),
        ("s", "mix", 2, "cc-by-sa-4.0", ["attribution", "non_commercial", "share_alike"]),
        ("s", None, 1, None, []),
    ]


def test_a_person_is_asked_about_a_parent_once() -> None:
    rows = [
        claim("a", "b", "derived", 0.6, "cues 1", "review"),
        claim("a", "b", "inclusion", 0.7, "model", "review"),
        claim("a", "c", "derived", 0.6, "cues 1", "review"),
        claim("a", "c", "inclusion", 0.9, "model"),
        claim("a", "d", "derived", 0.9, "model", "refused"),
    ]
    edges = (EDGES, [("a", "b", "inclusion", "measured only", True, "inclusion")])
    found = result("lineage_review", {"lineage_claims": (CLAIMS, rows), "lineage_edges": edges})
    assert found == [("a", "b", "B", "inclusion", pytest.approx(0.63), None, "a from b, model", "card", 2, "inclusion")]


def test_contamination_flows_where_both_ends_of_an_edge_hold_items() -> None:
    columns = "item_id bigint, benchmark varchar, sample_id bigint, dataset varchar, verdict varchar"
    yes = "contaminated"
    held = [
        *((item, "bench", 100 + item, "root", yes) for item in range(8)),
        (0, "bench", 900, "root", yes),  # an item twice is one
        *((item, "bench", 200 + item, "left", yes) for item in (2, 3, 4, 5, 6, 20)),
        (7, "bench", 300, "left", "trace"),
        (50, "other", 301, "left", yes),  # the parent has nothing of it
        (60, "third", 302, "left", yes),
        (61, "third", 303, "root", yes),
    ]
    edges = {"lineage_edges": (EDGES, GRAPH)}
    found = result("contamination_flow", {"contamination": (columns, held), **edges})
    assert found == [
        ("left", "root", "inclusion", "declared only", "bench", 8, 6, 5, 0.625),
        ("left", "root", "inclusion", "declared only", "third", 1, 1, 0, 0.0),
    ]
    assert result("contamination_flow", {"contamination": (columns, []), **edges}) == []


def test_pairs_of_samples_have_a_prompt_in_common() -> None:
    columns = (
        "sample_id bigint, dataset varchar, content_id int, instruction_id int, instruction varchar, response varchar"
    )
    rows = [
        (1, "a", 10, 5, "Q", "x"),
        (2, "b", 11, 5, "q", "y"),
        (3, "b", 10, 5, "Q", "x"),
        (4, "b", 12, 6, "r", "z"),
        (5, "a", 13, None, None, None),
    ]
    found = [row for row in result("sample_pairs", {"samples": (columns, rows)}) if row[0] == "a"]
    assert found == [("a", "b", 1, 2, "prompt", "Q", "x", "y"), ("a", "b", 1, 3, "content", "Q", "x", "x")]
