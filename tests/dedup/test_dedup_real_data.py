"""Near-duplicates of released sets: recall and precision against all pairs, and what their cards say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from scipy.sparse import csr_array

from lake.catalog import Lake
from lake.settings import Settings
from pipelines.dedup import dedup
from pipelines.deduping.parameters import Matching, Signing
from pipelines.deduping.recall import distinct_hashes, measured_recall
from pipelines.ingest import ingest

pytestmark = pytest.mark.slow

SETS = (
    "alpaca_en_demo",
    "cot_strategyqa",
    "cot_strategyqa_tsv",
    "fastchat_dummy",
    "glaive_toolcall_en_demo",
    "gpteacher_codegen",
    "gsm8k_train",
    "gsm8k_train_cot_tsv",
    "gsm8k_train_parquet",
    "humaneval_multi_rephrased",
    "new_codealpaca",
)


@pytest.fixture(scope="module")
def real(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    settings = Settings.load(home=tmp_path_factory.mktemp("real-dedup"), memory_limit="2GB", threads=2)
    with Lake.open(settings, create=True) as lake:
        for name in SETS:
            ingest(lake, shared_data / "datasets" / name)
        dedup(lake, matching=Matching(threshold=0.7))
        dedup(lake, Signing(view="instruction"), Matching(threshold=0.7))
        yield lake


def all_pairs(lake: Lake, least: float) -> dict[tuple[int, int], float]:
    """Every pair of different texts (no two equal up to case and white space) by exact Jaccard, without bands."""
    rows = lake.query(
        "select min(sample_id) as sample_id, any_value(text order by sample_id) as text from ("
        "select sample_id, concat_ws(chr(10), nullif(instruction, ''), nullif(response, '')) as text from samples) "
        "group by lower(trim(regexp_replace(nfc_normalize(text), '\\s+', ' ', 'g'))) order by 1"
    )
    ids = rows["sample_id"].to_numpy()
    parts = distinct_hashes(rows["text"].combine_chunks().cast(pa.large_string()), Signing())
    sizes = np.array([len(part) for part in parts])
    _, columns = np.unique(np.concatenate(parts), return_inverse=True)
    edges = np.concatenate([[0], np.cumsum(sizes)])
    matrix = csr_array((np.ones(len(columns), np.int32), columns, edges))
    found = {}
    for begin in range(0, len(ids), 2000):
        shared = (matrix[begin : begin + 2000] @ matrix.T).tocoo()
        a, b = shared.row + begin, shared.col
        values = shared.data / (sizes[a] + sizes[b] - shared.data)
        for place in np.flatnonzero((a < b) & (values >= least) & (sizes[a] >= 5) & (sizes[b] >= 5)):
            found[int(ids[a[place]]), int(ids[b[place]])] = float(values[place])
    return found


def test_recall_and_precision_against_all_pairs(real: Lake) -> None:
    texts = real.rows("select count(*) from samples")[0][0]
    assert texts > 20_000
    truth = all_pairs(real, 0.7)
    stored = {
        (a, b): jaccard
        for a, b, jaccard in real.rows(
            "select sample_id, other_id, jaccard from near_duplicate_pairs where \"view\" = 'sample'"
        )
    }
    # Precision 1.0: every stored pair is a pair, with its exact index.
    assert set(stored) <= set(truth)
    assert max(abs(stored[pair] - truth[pair]) for pair in stored) < 1e-6
    high = {pair for pair, value in truth.items() if value >= 0.8}
    assert len(high) > 1000
    assert len(high & set(stored)) / len(high) >= 0.95


def test_recall_measured_on_a_sample_of_the_lake(real: Lake) -> None:
    measured = measured_recall(real, sample=400, threshold=0.8)
    assert measured.sampled == 400
    assert measured.existing > 20
    assert measured.share is not None
    assert measured.share >= 0.9


def test_estimates_are_unbiased_on_what_was_found(real: Lake) -> None:
    mean, spread = real.rows(
        "select avg(estimate - jaccard), stddev(estimate - jaccard) from near_duplicate_pairs where jaccard > 0.9"
    )[0]
    assert abs(mean) < 0.005
    assert spread < 0.04


@pytest.mark.parametrize(
    ("view", "child", "parent", "at_least"),
    [
        ("sample", "gsm8k_train_parquet", "gsm8k_train", 7473),
        ("sample", "new_codealpaca", "gpteacher_codegen", 4527),
        ("instruction", "gsm8k_train_parquet", "gsm8k_train", 7470),
        ("instruction", "gsm8k_train_cot_tsv", "gsm8k_train", 7470),
        ("instruction", "new_codealpaca", "gpteacher_codegen", 4500),
    ],
)
def test_sets_come_out_as_their_cards_say(real: Lake, view: str, child: str, parent: str, at_least: int) -> None:
    found = real.rows(
        'select count(*) from near_duplicates where "view" = ? and dataset = ? and survivor_dataset = ?',
        [view, child, parent],
    )[0][0]
    assert found >= at_least
