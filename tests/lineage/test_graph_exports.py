"""Forms that other programs take: ODA's records, GraphML, Mermaid, OpenLineage."""

from __future__ import annotations

import datetime as dt
import io
import json
from typing import Any

import jsonschema
import pytest
from openlineage.client import event_v2
from openlineage.client.serde import Serde

from pipelines.tracing.exports import graphml, mermaid, oda, openlineage
from pipelines.tracing.network import Network


def node(name: str, **facts: Any) -> dict[str, Any]:
    empty = dict.fromkeys(
        (
            "kind",
            "domains",
            "released",
            "license",
            "source",
            "rows",
            "ending",
            "depth",
            "ancestors",
            "descendants",
            "layer",
            "x",
            "y",
        )
    )
    return {"dataset": name, "inside": True, "terms": [], "parents": 0, "children": 0, **empty, **facts}


def edge(child: str, parent: str, verdict: str, **facts: Any) -> dict[str, Any]:
    empty = dict.fromkeys(
        (
            "via",
            "reason",
            "quote",
            "place",
            "measured_relation",
            "direction",
            "prompts",
            "parent_prompts",
            "prompt_rows",
        )
    )
    return {
        "child": child, "parent": parent, "relation": "inclusion", "verdict": verdict, "confidence": 0.9, "counted": True,
        **empty, **facts,
    }  # fmt: skip


@pytest.fixture
def network() -> Network:
    nodes = [
        node(
            "acme/old",
            inside=False,
            source="https://huggingface.co/datasets/acme/old",
            license="mit",
            terms=["attribution"],
        ),
        node('a<b>&"c" \x01é', domains=["math", "code"], released=dt.date(2025, 3, 1), rows=3, parents=1, x=1.5),
        node("few", source="hf://acme/few", kind="train", parents=2),
        node("alone"),
    ]
    edges = (
        edge(
            'a<b>&"c" \x01é',
            "acme/old",
            "declared only",
            quote='From <old> & "more"',
            place="card",
            relation="translation",
        ),
        edge("few", 'a<b>&"c" \x01é', "confirmed", prompts=0.5, measured_relation="inclusion"),
        edge("few", "acme/old", "measured only", via='a<b>&"c" \x01é'),
        edge("few", "alone", "contradicted", counted=False, reason="of no account"),
    )
    return Network({row["dataset"]: row for row in nodes}, edges)


def test_records_are_those_of_oda(network: Network) -> None:
    document = json.loads(oda.text(network, "oda-lake 1"))
    assert [(e["source"], e["target"]) for e in document["edges"]] == [
        ("acme/old", 'a<b>&"c" \x01é'),
        ('a<b>&"c" \x01é', "few"),
        ("acme/old", "few"),
    ]
    first = json.loads(document["edges"][0]["meta_info"])
    assert (first["source"], first["relationship"], first["evidence"], first["exists"]) == (
        "card", "Semantic Evolution", 'From <old> & "more"', False,
    )  # fmt: skip
    fields = {
        "name", "categories", "hf_year", "paper_year", "year", "description", "summary", "data_type", "exists_on_hf",
        "is_terminal_node", "terminal_reason", "paper_url", "downloads",
    }  # fmt: skip
    assert all(set(record) == fields for record in document["nodes"])
    by_name = {record["name"]: record for record in document["nodes"]}
    assert (by_name["few"]["exists_on_hf"], by_name["few"]["is_terminal_node"]) == ("exists", False)
    assert by_name["acme/old"]["exists_on_hf"] == "uncertain"


def test_graphml_is_read_by_networkx(network: Network) -> None:
    networkx = pytest.importorskip("networkx")
    graph = networkx.read_graphml(io.BytesIO(graphml.text(network, "oda-lake 1").encode()))
    assert graph.number_of_nodes() == 4
    assert graph.nodes['a<b>&"c" é']["rows"] == 3
    assert graph.nodes["acme/old"] == {
        "inside": False,
        "license": "mit",
        "terms": "attribution",
        "source": "https://huggingface.co/datasets/acme/old",
    }
    assert graph.edges["acme/old", 'a<b>&"c" é']["quote"] == 'From <old> & "more"'
    assert graph.edges["alone", "few"]["counted"] is False


def test_mermaid_draws_direct_edges(network: Network) -> None:
    assert mermaid.text(network, "oda-lake 1").splitlines() == [
        "%% oda-lake 1: ==> confirmed, --> declared only, -.-> measured only",
        "flowchart LR",
        '    d0(["acme/old"])',
        '    d1["a#60;b#62;#38;#34;c#34; #1;é"]',
        '    d2["few"]',
        '    d3["alone"]',
        "    d0 -->|translation| d1",
        "    d1 ==>|inclusion| d2",
        "    classDef outside stroke-dasharray: 4 4",
        "    class d0 outside",
    ]


FACET = {
    "type": "object",
    "required": ["_producer", "_schemaURL"],
    "properties": {"_producer": {"format": "uri"}, "_schemaURL": {"format": "uri"}},
}
DATASET = {
    "type": "object",
    "required": ["namespace", "name"],
    "additionalProperties": False,
    "properties": {
        "namespace": {"type": "string"},
        "name": {"type": "string"},
        "facets": {"type": "object", "additionalProperties": FACET},
        "inputFacets": {"type": "object", "additionalProperties": FACET},
    },
}
RUN_EVENT = {
    "type": "object",
    "required": ["eventType", "eventTime", "run", "job", "producer", "schemaURL"],
    "additionalProperties": False,
    "properties": {
        "eventType": {"enum": ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]},
        "eventTime": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"},
        "run": {
            "type": "object",
            "required": ["runId"],
            "additionalProperties": False,
            "properties": {"runId": {"type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"}},
        },
        "job": {**DATASET, "properties": {"namespace": {"type": "string"}, "name": {"type": "string"}}},
        "inputs": {"type": "array", "minItems": 1, "items": DATASET},
        "outputs": {"type": "array", "minItems": 1, "maxItems": 1, "items": DATASET},
        "producer": {"type": "string", "pattern": "^urn:[a-z0-9][a-z0-9-]+:.+$"},
        "schemaURL": {"const": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"},
    },
}
"""What the specification asks of a run event, in our words and stricter where we say only one thing."""


def test_openlineage_events_have_the_shape_of_the_specification(network: Network) -> None:
    for line in openlineage.text(network, "oda-lake 1").splitlines():
        event = json.loads(line)
        jsonschema.validate(event, RUN_EVENT)
        for broken in (
            {"run": {}},
            {"job": {"name": "x"}},
            {"inputs": [{**event["inputs"][0], "inputFacets": {"a": {}}}]},
        ):
            with pytest.raises(jsonschema.ValidationError):
                jsonschema.validate(event | broken, RUN_EVENT)


def test_the_client_of_openlineage_holds_the_same_events(network: Network) -> None:
    lines = openlineage.text(network, "oda-lake 1").splitlines()
    assert len(lines) == 2
    for line in lines:
        event = json.loads(line)
        read = event_v2.RunEvent(
            eventType=event_v2.RunState(event["eventType"]),
            eventTime=event["eventTime"],
            run=event_v2.Run(**event["run"]),
            job=event_v2.Job(**event["job"]),
            inputs=[event_v2.InputDataset(**one) for one in event["inputs"]],
            outputs=[event_v2.OutputDataset(**one) for one in event["outputs"]],
            producer=event["producer"],
        )
        again = json.loads(Serde.to_json(read))
        for held in (again["run"], again["job"], again["outputs"][0]):
            assert held.pop("outputFacets", {}) == {}
            if not held.get("facets"):
                held.pop("facets", None)
        assert again == event


def test_openlineage_has_an_event_for_each_child(network: Network) -> None:
    now = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    events = [json.loads(line) for line in openlineage.text(network, "oda-lake 1", now=now).splitlines()]
    assert [(event["outputs"][0]["name"], [one["name"] for one in event["inputs"]]) for event in events] == [
        ('a<b>&"c" \x01é', ["acme/old"]),
        ("few", ['a<b>&"c" \x01é', "acme/old"]),
    ]
    for event in events:
        assert set(event) == {"eventType", "eventTime", "run", "job", "inputs", "outputs", "producer", "schemaURL"}
        assert (event["eventType"], event["eventTime"], event["producer"]) == (
            "COMPLETE",
            "2026-01-02T03:04:05.000Z",
            "urn:oda-lake:1",
        )
        facet = event["inputs"][0]["inputFacets"]["oda_evidence"]
        assert {"_producer", "_schemaURL"} <= facet.keys()
    again = [json.loads(line) for line in openlineage.text(network, "oda-lake 1").splitlines()]
    assert [event["run"] for event in again] == [event["run"] for event in events]


def test_trees_unfold_a_dataset_once_and_count_what_is_folded(network: Network) -> None:
    above = network.tree("few", "parents", 1)
    assert [(branch.dataset, branch.folded) for branch in above] == [('a<b>&"c" \x01é', 1)]
    deep = network.tree("few", "parents", 3, every=True)
    assert [branch.dataset for branch in deep] == ['a<b>&"c" \x01é', "acme/old", "alone"]
    assert network.around("acme/old", 2).nodes.keys() == {"acme/old", 'a<b>&"c" \x01é', "few"}
    assert network.path("acme/old", "few") == ("few", "acme/old")
