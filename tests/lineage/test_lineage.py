"""The lineage of a lake: documents and overlaps to edges, reviews that are kept, depth, licences."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lakes import fresh
from sample_rows import put

from lake.catalog import Lake
from lake.errors import UnknownNameError, UsageError
from lake.formats.base import Sample
from lake.settings import Settings
from pipelines.lineage import Tracing, decide, forget, lineage
from pipelines.overlap import overlap
from pipelines.tracing.judged import Decision
from pipelines.tracing.library import Folder

pytestmark = pytest.mark.slow

TALES = [
    Sample(
        instruction=f"tell me a tale of the animal number {n} and its {n * 7} friends in the woods",
        response=f"once {n}",
    )
    for n in range(60)
]
PUZZLES = [
    Sample(instruction=f"which of these {n} boxes holds the ring that weighs {n * 3} grams", response=f"{n}")
    for n in range(40)
]

CARDS = {
    "few-tales": "Few Tales is a filtered subset of big_tales. We evaluate on GSM8K.",
    "big_tales": "Prompts come from [acme](https://huggingface.co/datasets/acme/tales) and Alpaca.",
    "retold": "A German translation of few-tales. More: https://huggingface.co/datasets/q/r.",
    "puzzles": "A subset of big_tales.",
}


def lay(lake: Lake) -> None:
    """Five datasets, four of them with a card."""
    put(lake, "big_tales", TALES, licence="cc-by-nc-4.0")
    put(lake, "few-tales", TALES[:30], licence="mit")
    put(
        lake,
        "retold",
        [Sample(instruction=f"Geschichte {n} vom Tier", response=f"{n}") for n in range(30)],
        licence="mit",
    )
    put(lake, "copied", TALES[10:40], licence="mit")
    put(lake, "puzzles", PUZZLES)
    lake.transact(
        lambda connection: connection.executemany(
            "update datasets set card = ? where dataset = ?", [[t, n] for n, t in CARDS.items()]
        ),
        message="cards",
    )


def describe(lake: Lake, name: str, **facts: Any) -> None:
    assignments = ", ".join(f"{column} = ?" for column in facts)
    lake.transact(
        lambda connection: connection.execute(
            f"update datasets set {assignments} where dataset = ?", [*facts.values(), name]
        ),
        message="describe",
    )


@pytest.fixture(scope="module")
def laid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a lake with the datasets, to be copied."""
    home = tmp_path_factory.mktemp("laid") / "home"
    with fresh(home) as lake:
        lay(lake)
    return home


@pytest.fixture(scope="module")
def traced(laid: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """A lake whose lineage was traced once, with what was measured; tests that change it take another one."""
    home = shutil.copytree(laid, tmp_path_factory.mktemp("traced") / "home")
    with Lake.open(Settings.load(home=home, threads=2)) as lake:
        overlap(lake)
        lineage(lake)
        yield lake


def edges(lake: Lake, columns: str = "child, parent, relation, verdict") -> list[tuple[Any, ...]]:
    return lake.rows(f"select {columns} from lineage_edges order by child, parent")


def test_documents_and_overlaps_meet(traced: Lake) -> None:
    assert edges(traced, "child, parent, relation, verdict, counted, via") == [
        ("big_tales", "acme/tales", "distillation", "declared only", True, None),
        ("big_tales", "tatsu-lab/alpaca", "distillation", "declared only", True, None),
        ("copied", "big_tales", "inclusion", "measured only", True, None),
        ("copied", "few-tales", "inclusion", "measured only", False, "big_tales"),
        ("few-tales", "big_tales", "inclusion", "confirmed", True, None),
        ("puzzles", "big_tales", "inclusion", "contradicted", False, None),
        ("retold", "few-tales", "translation", "declared only", True, None),
    ]
    reason = traced.rows("select reason from lineage_edges where child = 'puzzles'")
    assert reason == [("inclusion is declared, but 0.0 % of its prompts are in the parent",)]


def test_a_run_that_finds_nothing_new_writes_nothing(traced: Lake) -> None:
    before = traced.snapshot
    assert lineage(traced).current
    assert traced.snapshot == before


def test_every_dataset_has_its_facts_and_its_place(traced: Lake) -> None:
    rows = traced.rows(
        "select dataset, inside, depth, ancestors, descendants, ending, terms from lineage_nodes order by dataset"
    )
    assert rows == [
        ("acme/tales", False, 0, 0, 4, "no document", ["unstated"]),
        ("big_tales", True, 1, 2, 3, None, ["attribution", "non_commercial"]),
        ("copied", True, 2, 3, 0, None, ["attribution"]),
        ("few-tales", True, 2, 3, 1, None, ["attribution"]),
        ("puzzles", True, 0, 0, 0, "no parent is named", ["unstated"]),
        ("retold", True, 3, 4, 0, None, ["attribution"]),
        ("tatsu-lab/alpaca", False, 0, 0, 4, "no document", ["unstated"]),
    ]
    assert traced.rows("select count(distinct (x, y)) = count(*) from lineage_nodes") == [(True,)]


def test_licences_follow_measured_edges_too(traced: Lake) -> None:
    found = traced.rows("select dataset, ancestor, term, evidence from licence_conflicts order by dataset")
    assert found == [
        ("copied", "big_tales", "non_commercial", "measured only"),
        ("few-tales", "big_tales", "non_commercial", "confirmed"),
        ("retold", "big_tales", "non_commercial", "declared only"),
    ]


def test_pairs_of_samples_are_one_query_away(traced: Lake) -> None:
    found = traced.rows(
        "select alike, count(*) from sample_pairs where dataset = 'copied' and other = 'big_tales' group by 1"
    )
    assert found == [("content", 30)]


@pytest.fixture
def tales(laid: Path, tmp_path: Path) -> Iterator[Lake]:
    """A lake without overlaps: what documents alone say."""
    home = shutil.copytree(laid, tmp_path / "home")
    with Lake.open(Settings.load(home=home, threads=2)) as lake:
        yield lake


def test_a_doubtful_parent_waits_for_a_person_whose_word_is_kept(tales: Lake) -> None:
    lineage(tales)
    assert tales.rows("select child, parent from lineage_review") == [("retold", "q/r")]
    assert ("retold", "q/r") not in edges(tales, "child, parent")

    decide(tales, Decision("retold", "q/r", "accept", relation="mixture"), "asked the authors")
    assert ("retold", "q/r", "mixture", "declared only") in edges(tales)
    assert tales.rows("from lineage_review") == []
    describe(tales, "retold", card=CARDS["retold"] + " And more.")  # read again
    lineage(tales)
    assert ("retold", "q/r", "mixture", "declared only") in edges(tales)

    decide(tales, Decision("retold", "few-tales", "reject"))
    assert ("retold", "few-tales") not in edges(tales, "child, parent")
    assert tales.rows("select reason from lineage_claims where child = 'retold' and parent = 'few-tales'") == [
        ("rejected by a person",)
    ]
    forget(tales, "retold", "few-tales")
    assert ("retold", "few-tales", "translation", "declared only") in edges(tales)


def test_a_person_says_what_a_name_means(tales: Lake) -> None:
    lineage(tales)
    mention = "https://huggingface.co/datasets/q/r"
    decide(tales, Decision("retold", mention, "accept", same_as="puzzles"))
    assert ("retold", "puzzles", "derived", "declared only") in edges(tales)


def test_decisions_on_what_nobody_claims_are_refused(tales: Lake) -> None:
    lineage(tales)
    with pytest.raises(UnknownNameError, match="Unknown child in the lineage 'nosuch'"):
        decide(tales, Decision("nosuch", "q/r", "accept"))
    with pytest.raises(UnknownNameError, match="Unknown parent of retold 'puzzles'"):
        decide(tales, Decision("retold", "puzzles", "accept"))
    with pytest.raises(UsageError, match="What is rejected has no relation"):
        decide(tales, Decision("retold", "q/r", "reject", relation="mixture"))
    with pytest.raises(UnknownNameError, match="Unknown decision 'retold <- q/r'"):
        forget(tales, "retold", "q/r")


def test_a_source_that_is_newer_is_refused_where_both_dates_are_known(tales: Lake) -> None:
    describe(tales, "big_tales", released=dt.date(2025, 6, 1))
    lineage(tales)
    assert ("few-tales", "big_tales") in edges(tales, "child, parent")
    describe(tales, "few-tales", released=dt.date(2025, 5, 1))
    lineage(tales)
    assert ("few-tales", "big_tales") not in edges(tales, "child, parent")
    reason = "select reason from lineage_claims where child = 'few-tales' and parent = 'big_tales'"
    assert tales.rows(reason) == [("released 2025-06-01, after 2025-05-01",)]


def test_a_cycle_is_undone_by_the_weaker_evidence(tales: Lake) -> None:
    describe(tales, "few-tales", card="", parents=["big_tales"])
    describe(tales, "big_tales", card="Some rows come from few-tales.")
    lineage(tales)
    found = edges(tales, "child, parent, verdict, counted, reason")
    assert [row for row in found if {"few-tales", "big_tales"} == set(row[:2])] == [
        ("big_tales", "few-tales", "contradicted", False, "stronger evidence for big_tales <- few-tales"),
        ("few-tales", "big_tales", "declared only", True, None),
    ]


def test_a_benchmark_named_as_a_source_is_asked_about(tales: Lake) -> None:
    put(tales, "exam-2024", PUZZLES[:5], kind="benchmark")
    describe(tales, "puzzles", card="Rows were taken from exam-2024.")
    lineage(tales)
    assert tales.rows("select parent, reason from lineage_review where child = 'puzzles'") == [
        ("exam-2024", "a benchmark named as a source: its training data, or its items?")
    ]


def papers(folder: Path) -> Path:
    (folder / "acme__tales.md").write_text(
        "---\nlicense: cc-by-sa-4.0\n---\nBuilt from [old](https://huggingface.co/datasets/acme/old-tales).\n"
    )
    (folder / "acme__old-tales").mkdir()
    (folder / "acme__old-tales" / "dataset.yaml").write_text("released: 2019-05-01\nparents: [first-tales]\n")
    (folder / "first-tales.txt").write_text("Copied by hand.")
    return folder


@pytest.mark.parametrize(
    ("depth", "outside"),
    [
        (0, {"acme/tales"}),
        (1, {"acme/tales", "acme/old-tales"}),
        (2, {"acme/tales", "acme/old-tales", "first-tales"}),
    ],
)
def test_documents_are_followed_as_deep_as_asked(tales: Lake, tmp_path: Path, depth: int, outside: set[str]) -> None:
    lineage(tales, Tracing(depth), shelves=[Folder(papers(tmp_path))])
    found = {
        row[0] for row in tales.rows("select dataset from lineage_nodes where not inside and dataset like '%tales'")
    }
    assert found == outside


def test_documents_of_earlier_runs_are_at_hand(tales: Lake, tmp_path: Path) -> None:
    report = lineage(tales, shelves=[Folder(papers(tmp_path))])
    assert report.outside == 4
    again = lineage(tales, Tracing(0))
    assert again.current
    facts = "select license, terms, released from lineage_nodes where dataset = ?"
    assert tales.rows(facts, ["acme/tales"]) == [("cc-by-sa-4.0", ["attribution", "share_alike"], None)]
    assert tales.rows(facts, ["acme/old-tales"]) == [(None, ["unstated"], dt.date(2019, 5, 1))]
    assert ("big_tales", "acme/tales", "share_alike") in tales.rows(
        "select dataset, ancestor, term from licence_conflicts"
    )


def test_a_dropped_dataset_leaves_the_lineage(tales: Lake) -> None:
    from pipelines.ingest import drop_dataset

    lineage(tales)
    drop_dataset(tales, "few-tales")
    assert not [row for row in edges(tales) if "few-tales" in row]
    lineage(tales)
    assert not [row for row in edges(tales) if "few-tales" in row]  # a bare name of no known dataset is only a word
    assert tales.rows("select 1 from lineage_nodes where dataset = 'few-tales'") == []
