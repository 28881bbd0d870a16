"""What `lake.memory` says a command takes in all holds for the whole process tree, whatever the source."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.json as pj
import pyarrow.parquet as pq
import pytest
from lakes import fresh, lay

from benchmarks.ingest import generate
from benchmarks.measure import measured
from lake.memory import bound
from pipelines.deriving.batches import BATCH_BYTES, batches_of
from pipelines.ingest import ingest
from pipelines.ingesting.budget import MemoryBudget

LIMIT = 200_000_000
SIZE = 150_000_000

INGEST = """
import sys
from lake.catalog import Lake
from lake.settings import Settings
from pipelines.ingest import ingest
if __name__ == "__main__":
    with Lake.open(Settings.load(home=sys.argv[2], threads=2, memory_limit="200MB")) as lake:
        print(ingest(lake, sys.argv[1], name="large").samples)
"""

SCORE = """
import sys
from lake.catalog import Lake
from lake.settings import Settings
from pipelines.score import score
if __name__ == "__main__":
    with Lake.open(Settings.load(home=sys.argv[1], threads=2, memory_limit="200MB")) as lake:
        print(score(lake, axes=["response_token_length", "unique_ngram"]).computed)
"""


def array(lines: Path, path: Path) -> Path:
    path = path.with_suffix(".json")
    path.write_bytes(b"[" + b",".join(lines.read_bytes().splitlines()) + b"]")
    return path


def around(lines: Path, path: Path) -> Path:
    path = path.with_suffix(".json")
    path.write_bytes(b'{"canary":"x","examples":[' + b",".join(lines.read_bytes().splitlines()) + b"]}")
    return path


def packed_array(lines: Path, path: Path) -> Path:
    path = path.with_suffix(".json.gz")
    with gzip.open(path, "wb", compresslevel=1) as out:
        out.write(b"[" + b",".join(lines.read_bytes().splitlines()) + b"]")
    return path


def table(lines: Path, path: Path) -> Path:
    path = path.with_suffix(".csv")
    pc.write_csv(pj.read_json(lines), path)
    return path


def one_group(lines: Path, path: Path) -> Path:
    path = path.with_suffix(".parquet")
    pq.write_table(pj.read_json(lines), path, row_group_size=10**9)
    return path


def long_texts(lines: Path, path: Path) -> Path:
    path = path.with_suffix(".parquet")
    with lines.open() as few:
        text = "".join(orjson.loads(line)["output"] for line in islice(few, 2000))[:1_000_000]
    schema = pa.schema([("instruction", pa.string()), ("output", pa.string())])
    with pq.ParquetWriter(path, schema, use_dictionary=False, write_batch_size=1) as out:
        values = [f"{number}{text}" for number in range(150)]
        out.write_table(pa.table({"instruction": [f"{number}" for number in range(150)], "output": values}))
    return path


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A file of JSON lines that is large against the limit, and its rows."""
    path = tmp_path_factory.mktemp("large") / "source.jsonl"
    return path, generate(path, SIZE)


@pytest.mark.slow
@pytest.mark.parametrize("make", [None, array, around, packed_array, table, one_group, long_texts])
def test_an_ingest_stays_under_the_stated_bound(
    tmp_path: Path,
    lines: tuple[Path, int],
    make: Callable[[Path, Path], Path] | None,
) -> None:
    source, rows = lines
    expected = 150 if make is long_texts else rows
    if make is not None:
        source = make(source, tmp_path / "source.jsonl")
    ran = measured(INGEST, str(source), str(lay(tmp_path / "home")))
    assert int(ran.output) == expected
    largest = 1_000_000 if make is long_texts else 0
    assert ran.peak_bytes < bound(LIMIT, workers=2, largest_record=largest)


@pytest.mark.slow
def test_scoring_stays_under_the_stated_bound_where_texts_grow(tmp_path: Path) -> None:
    source = tmp_path / "source.jsonl"
    with source.open("wb") as out:
        for number in range(11_000):
            words = f"number {number} " + "river stone light count " * (1 if number < 10_500 else 4000)
            out.write(orjson.dumps({"instruction": f"{number}", "output": words}) + b"\n")
    with fresh(tmp_path / "home", threads=2) as lake:
        assert ingest(lake, source, name="grown", workers=1).samples == 11_000
    ran = measured(SCORE, str(tmp_path / "home"))
    assert int(ran.output.split()[-1]) == 11_000
    assert ran.peak_bytes < bound(LIMIT, workers=2, largest_record=100_000)


def test_batches_of_scoring_are_cut_by_bytes_and_rows() -> None:
    texts = ["x" * 10] * 5000 + ["y" * 3_000_000] * 4 + ["z"] * 100
    whole = pa.record_batch({"n": list(range(len(texts))), "text": pa.array(texts)})
    fetched = [whole.slice(start, 2048) for start in range(0, whole.num_rows, 2048)]
    found = list(batches_of(fetched, 4096))
    assert [row for batch in found for row in batch.column("n").to_pylist()] == list(range(len(texts)))
    assert max(batch.num_rows for batch in found) <= 4096
    assert max(batch.nbytes for batch in found) < 2 * BATCH_BYTES
    assert list(batches_of([], 10)) == []
    assert [batch.num_rows for batch in batches_of([whole.slice(0, 100)] * 3, 100)] == [100, 100, 100]


def test_blocks_follow_from_the_memory_and_the_workers() -> None:
    roomy = MemoryBudget.of(4_000_000_000, 2)
    assert (roomy.inline, roomy.range) == (16 << 20, 96 << 20)
    for memory in (100_000_000, 200_000_000, 1_000_000_000, 4_000_000_000):
        for workers in (1, 2, 16, 64):
            budget = MemoryBudget.of(memory, workers)
            ranged = 6 * workers * budget.range
            inline = 6 * workers * budget.inline + 2.5 * (workers + 2) * budget.inline
            least = (6 * workers + 2.5 * (workers + 2)) * (1 << 20)
            assert max(ranged, inline) <= max(memory, least)
