"""Cards of the hub as documents of the lineage, from a hub of this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import close_session
from sample_rows import put

from lake.catalog import Lake
from lake.formats.base import Sample
from pipelines.lineage import Tracing, lineage
from pipelines.tracing.library import Held, Hub
from tests.sources import hub_server

CARD = (
    "---\nlicense: cc-by-nc-4.0\nreleased: 2024-03-01\n---\n# Sums\n"
    "A subset of [old sums](https://huggingface.co/datasets/acme/old-sums).\n"
)
PLACE = "hf://acme/sums/README.md"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[hub_server.Hub]:
    with hub_server.serving() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.delenv("HF_TOKEN", raising=False)
        close_session()
        server.add("acme/sums", {"README.md": CARD.encode(), "data.jsonl": b"{}\n"})
        server.add("acme/bare", {"data.jsonl": b"{}\n"})
        yield server
    close_session()


def test_a_readme_is_a_document_with_the_facts_of_its_front_matter(hub: hub_server.Hub, tmp_path: Path) -> None:
    shelf = Hub(tmp_path)
    held = shelf.held("acme/sums")
    assert [(each.node, each.place, each.text) for each in held.documents] == [("acme/sums", PLACE, CARD)]
    assert (held.license, held.sources) == ("cc-by-nc-4.0", ((PLACE, CARD),))
    assert shelf.held("acme/bare") == Held()
    assert shelf.held("sums") == Held()
    assert shelf.failures == {}


def test_what_cannot_be_had_is_told_and_blocks_nothing(hub: hub_server.Hub, tmp_path: Path) -> None:
    shelf = Hub(tmp_path)
    assert shelf.held("acme/nothing") == Held()
    assert shelf.held("acme/sums") != Held()


def test_the_lineage_follows_cards_of_the_hub(hub: hub_server.Hub, lake: Lake, tmp_path: Path) -> None:
    put(lake, "mine", [Sample(instruction="What is 1 + 1?", response="2")], licence="mit")
    lake.transact(lambda c: c.execute("update datasets set parents = ['acme/sums']"), message="parents")
    report = lineage(lake, Tracing(1), shelves=[Hub(tmp_path)])
    assert (report.outside, report.failed) == (2, {})
    assert lake.rows("select child, parent, relation, verdict from lineage_edges order by all") == [
        ("acme/sums", "acme/old-sums", "inclusion", "declared only"),
        ("mine", "acme/sums", "derived", "declared only"),
    ]
    assert lake.rows("select license, source from lineage_nodes where dataset = 'acme/sums'") == [
        ("cc-by-nc-4.0", "https://huggingface.co/datasets/acme/sums")
    ]
    assert lake.rows("select dataset, problem from licence_conflicts") == [
        ("mine", "mit over acme/sums (cc-by-nc-4.0), which is for non-commercial use")
    ]
    asked = len(hub.requests)
    assert lineage(lake, Tracing(1)).current  # what was read is kept in the lake: no hub is asked
    assert len(hub.requests) == asked
