"""Axes computed from stored derived relations: derived first, joined, waited for, and part of the version."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pyarrow as pa
import pytest
from scoring_lake import fill, scores

from lake.catalog import Lake
from lake.errors import OdaError, UnknownNameError
from lake.migrations import create
from lake.settings import Settings
from lake.tables import Column, Table
from pipelines.derive import derive
from pipelines.deriving.chunk import Chunk
from pipelines.deriving.stored import Derived, Producer, Stored
from pipelines.score import plan, score
from pipelines.scoring.reports import InputPlan
from scorers.catalogue import Catalogue, find

LOSSES = Table(
    "losses",
    "One row per content and model.",
    (
        Column("content_id", "UUID", "content"),
        Column("model", "VARCHAR", "model"),
        Column("revision", "VARCHAR", "its revision"),
        Column("loss", "DOUBLE", "characters of the answer; NULL unless status is ok"),
        Column("tokens", "BIGINT", "characters of the prompt"),
        Column("status", "VARCHAR", "ok, too_long or failed"),
        Column("detail", "VARCHAR", "why there is no value"),
    ),
)

STORED = Stored(LOSSES, kind="model", version="revision", value="loss", outcome="status", reason="detail")

PERPLEXITY = """
from lake.kinds import AnyText
from scorers.batch import Column
from scorers.spec import Axis, Option, Scorer, StoredRows

LOSS = StoredRows("losses", "{model}", ("loss", "tokens"))
SCORER = Scorer(
    name="perplexity", version="3", axes=(Axis("perplexity", "loss by tokens"),), reads=(), stored=(LOSS,),
    options=(Option("model", "tiny", "the model", AnyText()),),
)

def score(batch, settings):
    loss, tokens = (batch.stored(LOSS, name).to_numpy() for name in ("loss", "tokens"))
    return {"perplexity": Column.of(loss / tokens)}
"""

ANSWERS = ["aa", "toolong", "bbbb", "aa", None]

there = {"tiny": "r1", "big": "r7"}
"""The models that can be had, and their revisions."""

derived: list[str] = []


def producers(settings: Settings, kinds: Sequence[str]) -> list[Producer]:
    for kind in kinds:
        if kind not in there:
            raise OdaError(f"The model {kind} is not here.", hint="Fetch it.")
    return [_producer(kind) for kind in kinds]


def _producer(kind: str) -> Producer:
    def make(chunk: Chunk) -> Iterator[Derived]:
        for batch in chunk.batches(2):
            texts = batch.column("response").to_pylist()
            derived.extend(map(str, texts))
            valued = [text is not None and text != "toolong" for text in texts]
            columns = {
                "loss": pa.array([float(len(t)) if ok else None for t, ok in zip(texts, valued, strict=True)]),
                "tokens": pa.array([2] * len(texts), pa.int64()),
                "status": pa.array(["ok" if ok else "too_long" for ok in valued]),
                "detail": pa.array([None if ok else "9 tokens" for ok in valued]),
            }
            yield Derived(len(batch), [(0, pa.table({"sample_id": batch.column("sample_id"), **columns}))])

    return Producer("measure", STORED, ((kind, there[kind]),), make)


@pytest.fixture
def scorers(tmp_path: Path) -> Catalogue:
    folder = tmp_path / "scorers"
    folder.mkdir()
    (folder / "perplexity.py").write_text(PERPLEXITY)
    (folder / "twice.sql").write_text("-- description: Twice that.\n2 * perplexity\n")
    return find([folder])


@pytest.fixture
def held(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> Lake:
    module = ModuleType("pipelines.derivations.losses")
    module.__spec__ = ModuleSpec(module.__name__, None)
    vars(module).update(STORED=STORED, kind_of=lambda settings: "tiny", producers=producers)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    lake.transact(lambda connection: create(connection, LOSSES), message="add losses")
    fill(lake, "one", [("q", answer) for answer in ANSWERS], number=1)
    there.update(tiny="r1", big="r7")
    derived.clear()
    return lake


def values(lake: Lake, axis: str = "perplexity") -> list[tuple[object, ...]]:
    return [(int(str(row[0])) & 7, *row[2:]) for row in scores(lake, axis)]


TOO_LONG = "losses of tiny: 9 tokens"


def test_what_an_axis_needs_is_derived_first_and_joined_by_content(held: Lake, scorers: Catalogue) -> None:
    report = score(held, axes=["perplexity"], scorers=scorers)
    assert values(held) == [
        (0, "3+losses=tiny@r1", 1.0, "ok", None),
        (1, "3+losses=tiny@r1", None, "too_long", TOO_LONG),
        (2, "3+losses=tiny@r1", 2.0, "ok", None),
        (3, "3+losses=tiny@r1", 1.0, "ok", None),
        (4, "3+losses=tiny@r1", None, "too_long", TOO_LONG),
    ]
    assert sorted(derived) == ["None", "aa", "bbbb", "toolong"]
    assert [(each.relation, each.computed) for each in report.inputs] == [("losses", 4)]
    assert (report.axes[0].waiting, report.axes[0].coverage) == (0, 0.6)
    derived.clear()
    assert score(held, axes=["perplexity"], scorers=scorers).computed == 0
    assert derived == []


def test_a_plan_tells_what_is_derived_first_and_what_waits(held: Lake, scorers: Catalogue) -> None:
    planned = plan(held, axes=["perplexity"], scorers=scorers)
    assert planned.inputs == (InputPlan("losses", "one", "tiny", "r1", 5, 0, 1, 4),)
    (axis,) = planned.axes
    assert (axis.samples, axis.scored, axis.reused, axis.to_run, axis.waiting) == (5, 0, 0, 0, 5)
    assert derived == []


def test_samples_without_what_is_needed_wait_and_get_no_row(held: Lake, scorers: Catalogue) -> None:
    derive(held, _producer("tiny"))
    fill(held, "two", [("q", "new"), ("q", "aa")], number=2)
    report = score(held, axes=["perplexity"], scorers=scorers, derive_inputs=False)
    assert [(a.dataset, a.scored, a.waiting, a.waits_for) for a in report.axes] == [
        ("one", 5, 0, ()),
        ("two", 1, 1, ("losses of tiny, version r1",)),
    ]
    assert len(values(held)) == 6
    assert score(held, axes=["perplexity"], scorers=scorers).axes[1].waiting == 0
    assert derived[-1] == "new"
    assert values(held)[5] == (0, "3+losses=tiny@r1", 1.5, "ok", None)


def test_another_revision_of_what_is_read_is_another_version(held: Lake, scorers: Catalogue) -> None:
    score(held, axes=["perplexity"], scorers=scorers)
    there["tiny"] = "r2"
    score(held, axes=["perplexity"], scorers=scorers)
    assert {row[1] for row in values(held)} == {"3+losses=tiny@r2"}
    score(held, axes=["perplexity"], scorers=scorers, options={"perplexity": {"model": "big"}})
    assert {row[1] for row in values(held)} == {"3+model=big+losses=big@r7"}


def test_rows_made_elsewhere_are_read_where_the_model_is_not(held: Lake, scorers: Catalogue) -> None:
    del there["tiny"]
    with pytest.raises(OdaError, match=r"The model tiny is not here"):
        score(held, axes=["perplexity"], scorers=scorers)
    there["tiny"] = "r1"
    derive(held, _producer("tiny"))
    del there["tiny"]
    fill(held, "two", [("q", "new")], number=2)
    report = score(held, axes=["perplexity"], scorers=scorers)
    assert len(values(held)) == 5
    assert report.axes[1].waits_for == (
        "losses of tiny, version r1, which cannot be derived here: The model tiny is not here",
    )


def test_among_all_axes_are_those_whose_rows_are_there(held: Lake, scorers: Catalogue) -> None:
    assert score(held, scorers=scorers).axes == ()
    derive(held, _producer("tiny"))
    derived.clear()
    fill(held, "two", [("q", "new")], number=2)
    assert {(a.axis, a.dataset, a.waiting) for a in score(held, scorers=scorers).axes} == {
        ("perplexity", "one", 0),
        ("perplexity", "two", 1),
        ("twice", "one", 0),
        ("twice", "two", 1),
    }
    assert derived == []


def test_an_axis_made_of_such_an_axis_waits_with_it(held: Lake, scorers: Catalogue) -> None:
    derive(held, _producer("tiny"))
    fill(held, "two", [("q", "new")], number=2)
    score(held, axes=["twice"], scorers=scorers, derive_inputs=False)
    found = values(held, "twice")
    assert [row[2] for row in found] == [2.0, None, 4.0, 2.0, None]
    assert str(found[0][1]).endswith("+perplexity:3+losses=tiny@r1+losses=tiny@r1")


def test_a_relation_without_a_file_is_named(held: Lake, tmp_path: Path) -> None:
    text = PERPLEXITY.replace('"losses"', '"loses"')
    (tmp_path / "scorers").mkdir()
    (tmp_path / "scorers" / "perplexity.py").write_text(text)
    with pytest.raises(UnknownNameError, match="Unknown stored relation that axes read 'loses'"):
        score(held, axes=["perplexity"], scorers=find([tmp_path / "scorers"]))


def test_failed_inputs_and_scores_are_tried_again_on_request(held: Lake, scorers: Catalogue) -> None:
    broken = replace(_producer("tiny"), derive=_failing)
    derive(held, broken)
    score(held, axes=["perplexity"], scorers=scorers)
    assert {row[3:] for row in values(held)} == {("failed", "losses of tiny: out of memory")}
    score(held, axes=["perplexity"], scorers=scorers, retry_failed=True)
    assert [row[3] for row in values(held)] == ["ok", "too_long", "ok", "ok", "too_long"]


def _failing(chunk: Chunk) -> Iterator[Derived]:
    for batch in chunk.batches(10):
        said = {
            name: pa.array([text] * len(batch)) for name, text in (("status", "failed"), ("detail", "out of memory"))
        }
        loss = pa.nulls(len(batch), pa.float64())
        yield Derived(len(batch), [(0, pa.table({"sample_id": batch.column("sample_id"), "loss": loss, **said}))])
