"""Overlap and contamination of a whole lake: time, memory and spill by size, beside a plain Python index of word runs.

    python -m benchmarks.overlap --samples 5000000 [--datasets 500] [--items 20000] [--folder FOLDER] [--plain 20000]

Generated samples of about 1 KB in many datasets, one in five a copy of an earlier one with a few words replaced; a
benchmark of so many items, of which every hundredth stands inside a sample. The scan must find each of those and no
other, and the plain index the planted ones of its part, else the benchmark stops.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.generated import batches, fill
from benchmarks.measure import cores, held_by, measured
from lake.catalog import Connection, Lake
from lake.settings import Settings
from lake.tables import SAMPLES

ITEM_WORDS = 40
LEAKED = 100

RUN = """
import json, sys, time
from pathlib import Path
from lake.catalog import Lake
from lake.settings import Settings
from pipelines.contamination import contamination
from pipelines.overlap import overlap
with Lake.open(Settings.load(home=Path(sys.argv[1]), memory_limit=sys.argv[2])) as lake:
    began = time.monotonic()
    first = overlap(lake)
    between = time.monotonic()
    second = contamination(lake)
    print(json.dumps({"overlap": between - began, "parts": first.seconds, "contamination": time.monotonic() - between,
                      "cpu": time.process_time(), "scanned": second.scanned}))
"""


def item(number: int) -> str:
    """A benchmark item of made-up words that no sample has."""
    draw = np.random.default_rng(number)
    return " ".join(f"q{word}" for word in draw.integers(0, 10**6, ITEM_WORDS))


def add_benchmark(lake: Lake, items: int, samples: int, datasets: int) -> dict[int, int]:
    """Store the benchmark, and a dataset of leaks: every hundredth item within a sample; returns row -> item."""
    leaked = list(range(0, items, LEAKED))
    texts = []
    for place, number in enumerate(leaked):
        _, asked, answered = next(iter(batches(place % samples, 1)))
        texts.append((asked[0].as_py(), f"{answered[0].as_py()} {item(number)} and so on"))
    _store(lake, "bench", "benchmark", datasets + 1, [(item(number), "x") for number in range(items)])
    _store(lake, "leaks", "train", datasets + 2, texts)
    return dict(enumerate(leaked))


def _store(lake: Lake, name: str, kind: str, number: int, texts: list[tuple[str, str]]) -> None:
    rows = np.arange(len(texts), dtype=np.int64)
    ids = np.zeros((len(texts), 2), dtype=">u8")
    ids[:, 0], ids[:, 1] = number, rows
    uuids = pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(texts), [None, pa.py_buffer(ids.tobytes())])
    columns = {
        "sample_id": pa.array((number << 32) + rows),
        "row_no": pa.array(rows),
        "content_id": pa.ExtensionArray.from_storage(pa.uuid(), uuids),
        "instruction_id": pa.ExtensionArray.from_storage(pa.uuid(), uuids),
        "instruction": pa.array([asked for asked, _ in texts]),
        "response": pa.array([answered for _, answered in texts]),
    }
    schema = pa.schema([field for field in SAMPLES.arrow_schema if field.name != "dataset"])
    arrays = [columns.get(field.name, pa.nulls(len(texts), field.type)) for field in schema]
    path = lake.staging_file(SAMPLES, dataset=name)
    pq.write_table(pa.table(arrays, schema=schema), path)

    def work(connection: Connection) -> None:
        lake.add_files(connection, SAMPLES, [path])
        connection.execute(
            "insert into datasets (dataset, dataset_no, kind, rows, ingested) values (?, ?, ?, ?, now())",
            [name, number, kind, len(texts)],
        )

    lake.transact(work, message=f"fill {name}", staged=[path])


def plain(items: int, texts: list[str], ngram: int = 8) -> tuple[float, set[tuple[int, int]]]:
    """Processor seconds of a dictionary of word runs over these texts, and (text, item) with half of an item's runs."""
    index: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number in range(items):
        words = re.findall(r"[^\W_]+", item(number).lower())
        for place in range(len(words) - ngram + 1):
            index[tuple(words[place : place + ngram])].append(number)
    began = time.process_time()
    found = set()
    for row, text in enumerate(texts):
        words = re.findall(r"[^\W_]+", text.lower())
        hits: dict[int, int] = defaultdict(int)
        for run in {tuple(words[place : place + ngram]) for place in range(len(words) - ngram + 1)}:
            for number in index.get(run, ()):
                hits[number] += 1
        found |= {(row, number) for number, count in hits.items() if count >= (ITEM_WORDS - ngram + 1) / 2}
    return time.process_time() - began, found


def ours(items: int, texts: list[str]) -> tuple[float, set[tuple[int, int]]]:
    """The same of the compiled scan, for runs as they are and for those where numbers do not matter."""
    from pipelines.contaminating.index import build, hits
    from pipelines.contaminating.parameters import Scanning

    benchmark = pa.array([item(number) for number in range(items)])
    indices = [build(benchmark, np.zeros(items, np.int64), Scanning(), edited=edited) for edited in (False, True)]
    array, nothing = pa.array(texts), pa.array([""] * len(texts))

    def scan(some: pa.Array, rest: pa.Array) -> set[tuple[int, int]]:
        found = set()
        for index, places in zip(indices, hits(*indices, some, rest)[1:], strict=True):
            matches = index.matches(places)
            enough = matches["weight"] >= 0.5
            found |= set(zip(matches["row"][enough].tolist(), matches["item"][enough].tolist(), strict=True))
        return found

    scan(array.slice(0, 200), nothing.slice(0, 200))  # compiled before it is timed
    began = time.process_time()
    found = scan(array, nothing)
    return time.process_time() - began, found


def compare(items: int, number: int) -> None:
    """Print texts per second and core of both sides; stop where they find other pairs."""
    pairs = ((a, b) for _, x, y in batches(0, number) for a, b in zip(x.to_pylist(), y.to_pylist(), strict=True))
    texts = [f"{asked} {answered}" for asked, answered in pairs]
    texts[::LEAKED] = [f"{text} {item(n)}" for n, text in enumerate(texts[::LEAKED])]
    (theirs, wanted), (mine, found) = plain(items, texts), ours(items, texts)
    if not wanted == found == {(row, n) for n, row in enumerate(range(0, len(texts), LEAKED))}:
        raise SystemExit(f"wrong answer: {len(wanted)} pairs by the plain index, {len(found)} by ours")
    print(
        f"one core, {len(texts):,} texts: plain index {len(texts) / theirs:,.0f} texts/s, "
        f"ours {len(texts) / mine:,.0f}: {theirs / mine:.0f} times"
    )


def main() -> None:
    """Fill a lake, run both steps in a process of their own, check, and print a row."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=500_000)
    parser.add_argument("--datasets", type=int, default=500)
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--plain", type=int, default=20_000)
    parser.add_argument("--memory", default="2GB")
    parser.add_argument("--folder", type=Path, default=None)
    chosen = parser.parse_args()
    folder = chosen.folder or Path(tempfile.mkdtemp(prefix="oda-overlap-"))
    try:
        if chosen.plain:
            compare(chosen.items, chosen.plain)
        with Lake.open(Settings.load(home=folder / "home"), create=True) as lake:
            fill(lake, chosen.samples, chosen.datasets)
            planted = add_benchmark(lake, chosen.items, chosen.samples, chosen.datasets)
        with held_by(folder / "home" / "scratch") as spilled:
            done = measured(RUN, str(folder / "home"), chosen.memory)
        facts = json.loads(done.output.strip().splitlines()[-1])
        with Lake.open(Settings.load(home=folder / "home"), read_only=True) as lake:
            rows = lake.rows(
                "select distinct sample_id % 4294967296, item_id % 4294967296 from contamination "
                "where verdict = 'contaminated'"
            )
        if dict(rows) != planted or len(rows) != len(planted):
            raise SystemExit(f"wrong answer: {len(rows)} pairs found, {len(planted)} planted")
        parts = ", ".join(f"{name} {seconds:.1f}" for name, seconds in facts["parts"].items())
        print(
            f"{chosen.samples:,} samples, {chosen.datasets} datasets, {chosen.items:,} items: overlap "
            f"{facts['overlap']:.0f} s ({parts}), contamination {facts['contamination']:.0f} s, "
            f"{facts['cpu']:.0f} s of processor time, peak {done.peak_bytes / 2**30:.2f} GiB, "
            f"{spilled.peak_bytes / 1e9:.2f} GB in scratch, {cores()} cores"
        )
    finally:
        if chosen.folder is None:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
