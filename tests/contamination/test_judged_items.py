"""A judge on pairs that embeddings find alike: recorded answers through a server, kept by pair, model and question."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from loopback import loopback
from scoring_lake import fill

from lake.catalog import Connection, Lake
from pipelines.contaminating import rephrased
from pipelines.contaminating.parameters import Meaning
from pipelines.contamination import contamination
from scorers.engines.interface import Completion, Failed, Generated
from scorers.engines.openai.engine import OpenaiEngine
from scorers.engines.options import Options
from scorers.models.facts import ModelFacts

pytestmark = pytest.mark.slow

MEANING = Meaning(model="tiny", similar=1.0, doubtful=0.8)
PAIRS = [
    ("ducks", "How many eggs does Janet sell when her sixteen ducks lay daily and she bakes muffins for four friends?"),
    ("boats", "What is left of the cargo after seven small boats carried nine barrels each over the wide river?"),
    ("trees", "Which share of the orchard stays green if frost takes every third of the ninety young apple trees?"),
]


class Recorded:
    """An answer for each word that a prompt may hold; those left out are no JSON."""

    def __init__(self) -> None:
        self.said: dict[str, str] = {
            "DUCKS": json.dumps({"same": True, "reason": "the same sum"}),
            "BOATS": json.dumps({"same": False, "reason": "other numbers"}),
        }
        self.asked: list[str] = []

    def __call__(self, prompt: str) -> str:
        sample = prompt.partition("===== SAMPLE =====\n")[2]
        word = sample.partition(" ")[0]
        self.asked.append(word)
        return self.said.get(word, "I cannot tell.")


@pytest.fixture
def recorded() -> Recorded:
    return Recorded()


@pytest.fixture
def engine(recorded: Recorded) -> Iterator[OpenaiEngine]:
    with loopback(recorded) as server:
        facts = ModelFacts("mine", "mine", "causal", ("openai",), server=server.url)
        opened = OpenaiEngine(facts, Options(timeout=20, attempts=2))
        yield opened
        opened.close()


def lay_down(lake: Lake) -> None:
    items = fill(lake, "bench", [(text, "x") for _, text in PAIRS], number=1)
    rows: list[tuple[str | None, str | None]] = [(f"{name.upper()} told in a wholly new way", "y") for name, _ in PAIRS]
    samples = fill(lake, "train", [*rows, (PAIRS[0][1], "known by its words")], number=2)

    def work(connection: Connection) -> None:
        connection.execute("update datasets set kind = 'benchmark' where dataset = 'bench'")
        vectors = [(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)]
        near = [(1.0, 0.3, 0.0), (0.3, 1.0, 0.0), (0.0, 0.3, 1.0), vectors[0]]
        for dataset, ids, given in (("bench", items, vectors), ("train", samples, near)):
            for sample, vector in zip(ids, given, strict=True):
                connection.execute(
                    "insert into embeddings by name select ?::bigint as sample_id, ? as dataset, 'tiny' as model, "
                    "'r1' as revision, ?::float[] as vector",
                    [sample, dataset, list(vector)],
                )

    lake.transact(work, message="lay down")


def judged(lake: Lake) -> list[tuple[object, ...]]:
    return lake.rows(
        "select sample_id % 4294967296, item_id % 4294967296, verdict, round(similarity, 3) from contamination "
        "where method = 'judge' order by all"
    )


def test_what_embeddings_find_alike_is_what_the_judge_says(
    lake: Lake, engine: OpenaiEngine, recorded: Recorded
) -> None:
    lay_down(lake)
    report = contamination(lake, meaning=MEANING, engine=engine)
    assert (report.judged, report.unanswered) == (3, 1)
    assert sorted(recorded.asked) == ["BOATS", "DUCKS", "TREES", "TREES"]  # no answer is asked for twice
    assert judged(lake) == [(0, 0, "contaminated", 0.958), (1, 1, "trace", 0.958)]
    (leak,) = report.leaks
    assert (leak.items_hit, leak.rows_hit) == (1, 2)
    recorded.asked.clear()
    recorded.said["TREES"] = '```json\n{"same": true, "reason": "the same share"}\n```'
    again = contamination(lake, meaning=MEANING, engine=engine)
    assert (again.judged, again.unanswered, recorded.asked) == (1, 0, ["TREES"])
    assert [row[:3] for row in judged(lake)] == [(0, 0, "contaminated"), (1, 1, "trace"), (2, 2, "contaminated")]
    assert contamination(lake, meaning=MEANING, engine=engine).judged == 0
    contamination(lake)  # a scan of words leaves answers alone
    assert len(judged(lake)) == 3


def test_another_question_is_asked_anew(
    lake: Lake, engine: OpenaiEngine, recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_down(lake)
    contamination(lake, meaning=MEANING, engine=engine)
    recorded.asked.clear()
    recorded.said = {name.upper(): json.dumps({"same": False, "reason": "no"}) for name, _ in PAIRS}
    monkeypatch.setattr(rephrased, "question", lambda: "Is it the same item?")
    assert contamination(lake, meaning=MEANING, engine=engine).judged == 3
    assert sorted(recorded.asked) == ["BOATS", "DUCKS", "TREES"]
    assert [row[2] for row in judged(lake)] == ["trace"] * 3


@pytest.mark.parametrize(
    ("text", "finish", "said"),
    [
        ('{"same": true, "reason": "x"}', "stop", True),
        ('<think>well</think>\n{"same": false, "reason": ""}', "stop", False),
        ('{"same": true, "reason": "x"}', "length", None),
        ('{"same": "true", "reason": "x"}', "stop", None),
        ('{"same": true}', "stop", None),
        ('[{"same": true, "reason": "x"}]', "stop", None),
        ("yes", "stop", None),
    ],
)
def test_an_answer_is_what_the_schema_says_or_nothing(text: str, finish: str, said: bool | None) -> None:
    assert rephrased.parsed(Generated((Completion(text, finish, 1),), 1)) is said


def test_what_failed_says_nothing() -> None:
    assert rephrased.parsed(Failed("too_long", "9 tokens")) is None
