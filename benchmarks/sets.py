"""Axes of whole datasets on 100,000 x 384 embeddings: answers against plain numpy, then time and peak memory of each.

    python -m benchmarks.sets [--samples 100000] [--check 400] [--axes vendi,novelsum]

The vectors are generated: 500 topics of unequal size, unit length, 2 % exact copies; the texts have words of Zipf's law.
Answers are compared on the first `--check` rows with definitions written out in numpy, pair by pair where the axis is of
pairs; the benchmark stops where they differ. Each axis is then scored through the lake, in a process of its own.
"""

from __future__ import annotations

import argparse
import itertools
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.measure import cores, measured
from lake.catalog import Connection, Lake
from lake.settings import Settings
from scorers.batch import Batch
from scorers.catalogue import catalogue
from scorers.collection import Collection

WIDTH, TOPICS, WORDS, SUBSET = 384, 500, 60, 1_000
MODEL = Settings.model_fields["embedding_model"].default

AXES = [
    "radius", "aps", "vendi", "log_det", "partition_entropy", "cluster_inertia", "facility_location", "knn_distance",
    "novelsum", "apjs",
]  # fmt: skip

RUN = """
import sys, json, time
from pathlib import Path
from lake.catalog import Lake
from lake.settings import Settings
from pipelines.score import score
with Lake.open(Settings.load(home=Path(sys.argv[1]), memory_limit="1GB")) as lake:
    report = score(lake, axes=sys.argv[2].split(","), options={"facility_location": {"subset": "chosen"}})
    print(json.dumps([(m.axis, m.value, m.status, m.computed) for m in report.sets]))
    print(time.process_time())
"""


def vectors(samples: int) -> np.ndarray:
    """float32[samples, WIDTH]: clustered rows of length 1, some of them copies."""
    chance = np.random.default_rng(7)
    topics = chance.standard_normal((TOPICS, WIDTH))
    sizes = 1 / np.arange(1, TOPICS + 1)
    rows = np.empty((samples, WIDTH), np.float32)
    for start in range(0, samples, 10_000):
        part = rows[start : start + 10_000]
        part[:] = topics[chance.choice(TOPICS, len(part), p=sizes / sizes.sum())]
        part += 1.2 * chance.standard_normal(part.shape)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    copies = samples // 50
    rows[chance.integers(0, samples, copies)] = rows[chance.integers(0, samples, copies)]
    return rows


def texts(samples: int) -> list[str]:
    """Texts of about WORDS words, the commonest in most of them."""
    chance = np.random.default_rng(8)
    words = np.minimum(chance.zipf(1.25, samples * WORDS), 200_000)
    return [" ".join(f"w{word}" for word in words[start : start + WORDS]) for start in range(0, len(words), WORDS)]


def plain(axis: str, x: np.ndarray, subset: np.ndarray, words: list[str]) -> float:
    """The definition of an axis, written out."""
    n = len(x)
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    cosine = unit @ unit.T
    distance = np.sqrt(np.maximum(((x[:, None] - x[None]) ** 2).sum(-1), 0))
    if axis == "radius":
        return float(np.exp(np.log(x.std(axis=0)).mean()))
    if axis == "aps":
        return float(np.mean([cosine[i, j] for i, j in itertools.combinations(range(n), 2)]))
    if axis == "vendi":
        values = np.linalg.eigvalsh(cosine / n)
        values = values[values > 0]
        return float(np.exp(-(values * np.log(values)).sum()))
    if axis == "log_det":
        return float(np.linalg.slogdet(np.eye(n) + cosine)[1])
    if axis == "facility_location":
        return float(sum(np.sqrt(((row - subset) ** 2).sum(axis=1)).min() for row in x))
    if axis == "knn_distance":
        return float(np.mean([np.sort(1 - np.delete(cosine[i], i))[:10].mean() for i in range(n)]))
    if axis == "novelsum":
        keys = np.unique(x, axis=0, return_index=True)[1]
        near = [np.sort(distance[i, keys] ** 2)[1:11].mean() for i in range(n)]
        weights = 1 / np.arange(1, n + 1)
        rows = [np.sort(1 - cosine[i]) @ weights / weights.sum() * (near[i] + 1e-9) ** -0.5 for i in range(n)]
        return float(np.mean(rows))
    sets = [set(text.split()) for text in words]
    return float(np.mean([len(a & b) / len(a | b) for a, b in itertools.combinations(sets, 2)]))


def check(x: np.ndarray, words: list[str], rows: int) -> None:
    """Compare every axis that has one definition with numpy; of k-means, what follows from its labels."""
    x, words = np.ascontiguousarray(x[:rows], dtype=np.float32), words[:rows]
    table = pa.table({"instruction": words, "response": [""] * rows})
    subset = x[::10]
    collection = Collection(x, texts=lambda most: iter([Batch(table.slice(0, most))]), subset=lambda _: subset)
    for axis in AXES:
        if axis in ("partition_entropy", "cluster_inertia"):
            continue
        entry = catalogue().entry(axis)
        given = {"subset": "chosen"} if axis == "facility_location" else {}
        ours: Any = entry.score(collection, entry.scorer.settings(**given))[axis]  # type: ignore[arg-type]
        theirs = plain(axis, x.astype(np.float64), subset.astype(np.float64), words)
        if abs(ours.value - theirs) > 1e-6 * max(abs(theirs), 1e-3):
            raise SystemExit(f"wrong answer on {rows} rows: {axis} is {ours.value}, by definition {theirs}")
    print(f"answers on {rows} rows agree with numpy")


def fill(home: Path, x: np.ndarray, words: list[str]) -> None:
    """A lake with one dataset of these vectors and texts, and a slice of it."""
    n = len(x)
    ids = (1 << 32) + np.arange(n)
    samples = pa.table({"sample_id": ids, "row_no": np.arange(n), "instruction": words, "response": [""] * n})
    lists = pa.ListArray.from_arrays(np.arange(n + 1, dtype=np.int32) * WIDTH, pa.array(x.reshape(-1)))
    embedded = pa.table({"sample_id": ids, "vector": lists})

    def work(connection: Connection) -> None:
        connection.register("filling", samples)
        connection.execute("insert into samples by name select *, 'set' as dataset, uuid() as content_id from filling")
        connection.register("vectors_in", embedded)
        connection.execute(
            "insert into embeddings by name select *, 'set' as dataset, ? as model, 'r' as revision from vectors_in",
            [MODEL],
        )
        connection.execute("insert into datasets (dataset, dataset_no, kind, rows) values ('set', 1, 'train', ?)", [n])
        connection.execute("insert into slices (slice, hash) values ('chosen', 'h')")
        connection.execute(
            "insert into slice_members (slice, sample_id, dataset, content_id) "
            f"select 'chosen', sample_id, dataset, content_id from samples order by sample_id limit {SUBSET}"
        )

    with Lake.open(Settings.load(home=home), create=True) as lake:
        lake.transact(work, message="fill")


def main() -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=100_000)
    parser.add_argument("--check", type=int, default=400)
    parser.add_argument("--axes", default=",".join(AXES))
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="oda-benchmark-"))
    try:
        x, words = vectors(chosen.samples), texts(chosen.samples)
        check(x, words, chosen.check)
        fill(folder / "home", x, words)
        del x, words
        wanted = chosen.axes.split(",")
        print(f"{chosen.samples:,} x {WIDTH}, {cores()} cores")
        print("axis                    seconds  core seconds   peak memory          value", flush=True)
        for axis in [*wanted, ",".join(wanted)]:
            home = folder / "copy"
            shutil.copytree(folder / "home", home)
            done = measured(RUN, str(home), axis)
            answers, processor = done.output.strip().splitlines()[-2:]  # after progress bars of DuckDB
            found = json.loads(answers)
            if not all(status == "ok" and computed for _, _, status, computed in found):
                raise SystemExit(f"not measured: {found}")
            name = axis if "," not in axis else "all in one run"
            value = f"{found[0][1]:14.6g}" if "," not in axis else ""
            print(
                f"{name:20s} {done.seconds:8.1f} s {float(processor):11.1f} s {done.peak_bytes / 1e9:10.2f} GB {value}",
                flush=True,
            )
            shutil.rmtree(home)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
