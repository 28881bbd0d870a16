"""Contamination by stored embeddings: vectors of literal angles, so that every cosine is known."""

from __future__ import annotations

import math

import pytest
from scoring_lake import fill

from lake.catalog import Connection, Lake
from lake.errors import UsageError
from pipelines.contaminating import meaning as comparing
from pipelines.contaminating.parameters import Meaning
from pipelines.contamination import contamination

pytestmark = pytest.mark.slow

MODEL = "tiny"
MEANING = Meaning(model=MODEL, similar=0.9, doubtful=0.8)


def at(degrees: float, length: float = 2.0) -> list[float]:
    return [length * math.cos(math.radians(degrees)), length * math.sin(math.radians(degrees)), 0.0]


def embed(lake: Lake, dataset: str, ids: list[int], vectors: list[list[float] | None], revision: str = "r1") -> None:
    def work(connection: Connection) -> None:
        for sample, vector in zip(ids, vectors, strict=True):
            connection.execute(
                "insert into embeddings by name select ?::bigint as sample_id, ? as dataset, ? as model, ? as revision, "
                "?::float[] as vector",
                [sample, dataset, MODEL, revision, vector],
            )

    lake.transact(work, message="embed")


def texts(name: str, n: int) -> list[tuple[str | None, str | None]]:
    return [(" ".join(f"{name}{place}w{word}" for word in range(9)), f"{name}{place}") for place in range(n)]


def lay_down(lake: Lake) -> dict[str, list[int]]:
    ids = {
        "one": fill(lake, "one", texts("one", 2), number=1),
        "two": fill(lake, "two", texts("two", 1), number=2),
        "train": fill(lake, "train", texts("train", 5), number=3),
    }
    lake.transact(
        lambda c: c.execute("update datasets set kind = 'benchmark' where dataset <> 'train'"), message="kind"
    )
    embed(lake, "one", ids["one"], [at(0), at(90)])
    embed(lake, "two", ids["two"], [at(20)])
    embed(lake, "train", ids["train"], [at(10), at(60), at(180), None, at(5, length=0.0)])
    return ids


def found(lake: Lake) -> list[tuple[object, ...]]:
    return lake.rows(
        "select sample_id % 4294967296, benchmark, item_id % 4294967296, verdict, round(similarity, 3) from contamination "
        "where method = 'embedding' order by all"
    )


EXPECTED = [
    (0, "one", 0, "contaminated", 0.985),  # 10 degrees away
    (0, "two", 0, "contaminated", 0.985),
    (1, "one", 1, "trace", 0.866),  # 30 degrees away
]


def test_of_each_benchmark_the_nearest_item_counts(lake: Lake) -> None:
    lay_down(lake)
    report = contamination(lake, meaning=MEANING)
    assert (report.scanned, report.compared, report.unembedded) == (5, 5, ())
    assert found(lake) == EXPECTED
    assert lake.rows("select distinct coverage, weight, longest_run, part from contamination") == [(None,) * 4]
    assert contamination(lake, meaning=MEANING).compared == 0
    assert found(lake) == EXPECTED
    assert contamination(lake).parameters.get("meaning") is None
    assert found(lake) == EXPECTED  # a scan of texts leaves it alone
    assert contamination(lake, meaning=Meaning(model=MODEL, similar=0.8, doubtful=0.8)).compared == 5
    assert [row[3] for row in found(lake)] == ["contaminated"] * 3


def test_other_weights_and_new_samples_are_compared_again(lake: Lake) -> None:
    ids = lay_down(lake)
    contamination(lake, meaning=MEANING)
    more = fill(lake, "more", texts("more", 1), number=4)
    report = contamination(lake, meaning=MEANING)
    assert (report.compared, report.unembedded) == (0, ("more",))
    embed(lake, "more", more, [at(90)])
    assert contamination(lake, meaning=MEANING).compared == 1
    assert found(lake) == [(0, "one", 0, "contaminated", 0.985), (0, "one", 1, "contaminated", 1.0), *EXPECTED[1:]]
    lake.transact(lambda c: c.execute("delete from embeddings"), message="forget")
    for name, vectors in (("one", [at(0), at(90)]), ("two", [at(20)]), ("train", [at(45)] * 5)):
        embed(lake, name, ids[name], vectors, revision="r2")
    assert contamination(lake, meaning=MEANING).compared == 5
    assert [row for row in found(lake) if row[0] != 0 or row[1] != "one"] == [
        (n, "two", 0, "contaminated", 0.906) for n in range(5)
    ]


def test_a_run_that_ends_midway_gives_what_a_whole_one_gives(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_down(lake)
    later = fill(lake, "later", texts("later", 3), number=4)
    embed(lake, "later", later, [at(0), at(85), at(200)])
    monkeypatch.setattr(comparing, "COMMIT_SAMPLES", 1)
    monkeypatch.setattr("pipelines.contaminating.scan.WINDOW", 5)
    store, calls = comparing.commit, []

    def dies(*given: object, **more: object) -> None:
        calls.append(given)
        if len(calls) == 2:
            raise KeyboardInterrupt
        store(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(comparing, "commit", dies)
    with pytest.raises(KeyboardInterrupt):
        contamination(lake, meaning=MEANING)
    assert found(lake) == EXPECTED
    monkeypatch.setattr(comparing, "commit", store)
    assert contamination(lake, meaning=MEANING).compared == 3
    assert sorted(row[4] for row in found(lake)) == [0.866, 0.94, 0.985, 0.985, 0.996, 1.0]


def test_without_embeddings_it_says_what_to_do(lake: Lake) -> None:
    fill(lake, "train", texts("train", 1), number=1)
    with pytest.raises(UsageError, match="No training dataset has all of its embeddings of tiny") as error:
        contamination(lake, meaning=MEANING)
    assert error.value.hint == "Embed them first: oda embed"
