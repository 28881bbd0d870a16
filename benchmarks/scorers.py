"""Every per-sample axis on 100,000 real samples, beside a plain Python implementation of the same definitions.

    python -m benchmarks.scorers [--samples 100000] [--plain 2000] [--parsed 300]

The samples are the real sets beside the project (ODA_TEST_SHARED), else those that examples/arena generates. First the
answers of both sides are compared on the subset that the plain side computes; then each axis is timed alone, then all
in one pass, both on all cores. Speeds of axes are samples per second of processor time, which other load on the
machine does not change; the speed of the whole is also given by the clock. The last part scores a lake with all axes but one, and then adds that one.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from pathlib import Path

import pyarrow as pa

from benchmarks import plain_axes
from benchmarks.measure import cores
from lake.catalog import Lake
from lake.errors import OdaError
from lake.settings import Settings
from pipelines.ingest import ingest
from pipelines.score import score
from pipelines.scoring.compute import compute, score_batch
from pipelines.scoring.selection import ScanGroup, ScorerRun, select_works

# Samples/s of the reference on 2 cores, about 720 characters a sample (reference/baselines.md).
REFERENCE = {
    "compress_ratio": 6609, "str_length": 5804, "pure_think": 5444, "think_or_not": 5371, "logical_word_count": 5056,
    "token_length": 4766, "token_entropy": 4221, "unique_ntoken": 3776, "hdd": 3748, "mtld": 3744, "ts_python": 1568,
    "unique_ngram": 828, "gram_entropy": 528, "vocd_d": 32,
}  # fmt: skip
REFERENCE_CHARACTERS, REFERENCE_CORES = 720, 2
ADDED = "logical_word_count"

Pair = tuple[str, str]


def real_pairs(folder: Path, wanted: int) -> list[Pair]:
    """Question-answer pairs of the real sets, spread over all of them, or of the generated arena; each once."""
    sources = folder / "data" / "datasets"
    home = Path(tempfile.mkdtemp(prefix="oda-benchmark-"))
    try:
        if sources.is_dir():
            places = sorted(path for path in sources.iterdir() if path.is_dir())
        else:
            from examples.arena.generate import generate

            generate(home / "arena")
            places = sorted(path for path in (home / "arena").iterdir() if path.is_dir())
        with Lake.open(Settings.load(home=home / "lake"), create=True) as lake:
            for place in places:
                try:
                    ingest(lake, str(place), name=place.name.replace("-", "_").split(".")[0].lower())
                except OdaError as error:
                    print(f"left out: {error.message}")
            rows = lake.rows(
                "select any_value(instruction), any_value(response) from samples where response is not null "
                "and instruction is not null group by content_id order by hash(content_id) limit ?",
                [wanted],
            )
    finally:
        shutil.rmtree(home)
    if len(rows) < wanted:
        print(f"{len(rows):,} different samples; repeated up to {wanted:,}")
    return [rows[number % len(rows)] for number in range(wanted)]


def batches(pairs: Sequence[Pair], axes: int) -> list[pa.RecordBatch]:
    """Samples in tasks of about 4 MB, every axis pending."""
    mean = sum(len(i.encode()) + len(r.encode()) for i, r in pairs) / len(pairs)
    rows = max(16, min(8192, int(4_000_000 / mean)))
    table = pa.table(
        {
            "sample_id": range(len(pairs)),
            "mask": [(1 << axes) - 1] * len(pairs),
            "instruction": [i for i, _ in pairs],
            "response": [r for _, r in pairs],
        }
    ).combine_chunks()
    return table.to_batches(max_chunksize=rows)


def timed(works: Sequence[ScorerRun], found: list[pa.RecordBatch], threads: int) -> tuple[float, float]:
    """Seconds of processor time, and by the clock, of one pass of these scorers over the batches on all cores."""
    wanted = ScanGroup(tuple(works), by_content=True)
    began, used = time.monotonic(), time.process_time()
    for _ in compute(iter(found), wanted, threads):
        pass
    return time.process_time() - used, time.monotonic() - began


def plain_part(axis: str, pairs: list[Pair]) -> tuple[float, list[float | None]]:
    function = plain_axes.AXES[axis]
    used = time.process_time()
    values = [function(i, r) for i, r in pairs]
    return time.process_time() - used, values


def plain_timed(
    pool: ProcessPoolExecutor, axis: str, pairs: list[Pair], workers: int
) -> tuple[float, list[float | None]]:
    """Seconds of processor time and values of the plain side on all cores; its processes are warm."""
    edges = [round(step * len(pairs) / (4 * workers)) for step in range(4 * workers + 1)]
    parts = [pairs[a:b] for a, b in pairwise(edges)]
    list(pool.map(plain_part, [axis] * workers, [pairs[:8]] * workers))
    found = list(pool.map(plain_part, [axis] * len(parts), parts))
    return sum(used for used, _ in found), [value for _, part in found for value in part]


def check(axis: str, pairs: list[Pair], work: ScorerRun, wanted: list[float | None]) -> None:
    """Raise unless the scorer has the plain side's values, and none where it has none."""
    _, outcomes = score_batch(
        batches(pairs, 1)[0] if len(pairs) < 16 else _whole(pairs), ScanGroup((work,), by_content=True)
    )
    column = outcomes[0].column
    for row, value in enumerate(wanted):
        ours = column.outcome(row)[0]
        tolerance = 1e-5 if axis == "vocd_d" else 1e-9
        if (ours is None) != (value is None) or (
            ours is not None and value is not None and not math.isclose(ours, value, rel_tol=tolerance, abs_tol=1e-12)
        ):
            raise SystemExit(f"wrong answer for {axis}, sample {row}: {ours}, in plain Python {value}")


def _whole(pairs: list[Pair]) -> pa.RecordBatch:
    found = pa.Table.from_batches(batches(pairs, 1)).combine_chunks().to_batches()
    assert len(found) == 1
    return found[0]


def added_axis(pairs: list[Pair], threads: int) -> Iterator[tuple[str, float]]:
    """Seconds of scoring a lake end to end: all axes but one, then that one; then when nothing is left to do."""
    folder = Path(tempfile.mkdtemp(prefix="oda-benchmark-"))
    try:
        source = folder / "samples.jsonl"
        with source.open("w") as handle:
            for number, (instruction, response) in enumerate(pairs):
                row = {"instruction": f"{number}: {instruction}", "output": response}
                handle.write(json.dumps(row, ensure_ascii=False) + "\n")
        with Lake.open(Settings.load(home=folder / "home", threads=threads), create=True) as lake:
            ingest(lake, str(source), name="benchmark")
            every = [axis for work in select_works(None) for axis in work.axes if axis in plain_axes.AXES]
            for name, axes in (
                (f"{len(every) - 1} axes of a new lake", [axis for axis in every if axis != ADDED]),
                (f"one more axis ({ADDED})", [ADDED]),
                ("nothing left to do", every),
            ):
                yield name, score(lake, axes=axes).seconds
    finally:
        shutil.rmtree(folder)


def parsed(pairs: list[Pair]) -> float | None:
    """Samples per core and second of the dependency trees; None where the pipeline is not here."""
    (work,) = select_works(["tree_nodes", "tree_depth"])
    if work.absence:
        return None
    timed([work], batches(pairs[:20], 2), 1)
    return len(pairs) / timed([work], batches(pairs, 2), 1)[0]


def line(name: str, ours: float, plain: float, reference: float | None) -> str:
    """A row of the table, from seconds a sample."""
    end = f"{1 / reference:,.0f} | {reference / ours:,.1f}" if reference else "– | –"
    return f"| {name} | {1 / ours:,.0f} | {1 / plain:,.0f} | {plain / ours:,.1f} | {end} |"


def main() -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=100_000)
    parser.add_argument("--plain", type=int, default=2_000)
    parser.add_argument("--parsed", type=int, default=300)
    chosen = parser.parse_args()
    threads = cores()
    folder = Path(os.environ.get("ODA_TEST_SHARED", Path(__file__).resolve().parents[2] / "shared"))
    pairs = real_pairs(folder, chosen.samples)
    subset = pairs[: chosen.plain]
    characters = sum(len(i) + len(r) + 1 for i, r in pairs) / len(pairs)
    works = {work.axes[0]: work for work in select_works(plain_axes.AXES)}
    warm = batches(pairs[:200], len(works))
    for work in works.values():
        timed([work], warm, 1)  # compiles, loads tables
    print(f"{len(pairs):,} samples of {characters:.0f} characters on average, {threads} cores")
    scale = REFERENCE_CORES * characters / REFERENCE_CHARACTERS
    theirs = {axis: scale / speed for axis, speed in REFERENCE.items()}
    whole = batches(pairs, len(works))
    plain: dict[str, float] = {}
    print(
        "| samples per core and second | scorer | plain Python | ratio | reference | ratio |\n|---|---:|---:|---:|---:|---:|"
    )
    with ProcessPoolExecutor(threads) as pool:
        for axis, work in works.items():
            used, values = plain_timed(pool, axis, subset, threads)
            check(axis, subset, work, values)
            plain[axis] = used / len(subset)
            ours = timed([work], whole, threads)[0] / len(pairs)
            print(line(f"`{axis}`", ours, plain[axis], theirs.get(axis)))
    for name, left in (("all, one pass", ()), ("all but `vocd_d`, one pass", ("vocd_d",))):
        kept = [axis for axis in works if axis not in left]
        used, clock = timed([works[axis] for axis in kept], whole, threads)
        known = sum(theirs[axis] for axis in kept if axis in theirs)
        print(line(name, used / len(pairs), sum(plain[axis] for axis in kept), known))
        print(f"by the clock: {len(pairs) / clock:,.0f} samples/s on {threads} cores")
    print("\nEnd to end, reading the lake and committing included:")
    for name, took in added_axis(pairs, threads):
        print(f"| {name} | {took:.1f} s | {len(pairs) / took:,.0f} samples/s |")
    if speed := parsed(pairs[: chosen.parsed]):
        print(f"\ntree_nodes and tree_depth (en_core_web_sm): {speed:,.0f} samples per core and second")


if __name__ == "__main__":
    main()
