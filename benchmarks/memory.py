"""Scoring a large dataset on every cheap axis: peak memory as it grows, and the table after `kill -9`.

    python -m benchmarks.memory [--sizes 500000,1000000,2000000] [--kills 3] [--memory 2GB]

Rows are generated in chunks, the same for every size: texts of about 400 bytes, one in twenty a copy of another row. Each
size is scored in a process of its own, whose memory is the proportional set size of its whole tree. Then the smallest size
is scored again in a second lake, killed at random moments and run to its end: both tables must be equal, row for row.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measure import Measured, cores, measured
from lake.catalog import Connection, Lake
from lake.settings import Settings
from scorers.catalogue import catalogue

CHUNK = 250_000
DEAREST_US = 200.0
DATASET = "generated"

ROWS = """
with numbers as (select i, case when i % 20 = 19 then i - 7 else i end as source from range($low, $high) as n(i))
select
    ((1::bigint << 32) + i)::bigint as sample_id,
    'generated' as dataset,
    i as row_no,
    md5(source::varchar)::uuid as content_id,
    md5((source * 7)::varchar)::uuid as instruction_id,
    'Explain case ' || source || ' of ' || substr(md5((source % 997)::varchar), 1, 8) || ' step by step.' as instruction,
    array_to_string(
        list_transform(
            range(20 + source % 60),
            lambda x: $words[1 + (hash(source * 131 + x) % len($words))::integer]
        ), ' ') || '.' as response,
    1 as n_turns
from numbers
"""

WORDS = re.split(
    " ",
    "therefore because the a model data answer question river stone light small green open field time count value prime sum "
    "first second however thus verify note given wait think but table glass letter number mountain forest summer winter "
    "<think> </think> ```python print(1) ``` café 数据 naïve — 12 3.5",
)

SCORE = """
import sys
from lake.catalog import Lake
from lake.settings import Settings
from pipelines.score import score
home, memory, axes = sys.argv[1], sys.argv[2], sys.argv[3].split(",")
chunk_rows = int(sys.argv[4]) if len(sys.argv) > 4 else None
with Lake.open(Settings.load(home=home, memory_limit=memory)) as lake:
    print(score(lake, axes=axes, chunk_rows=chunk_rows).computed)
"""


def cheap_axes() -> list[str]:
    """Axes of single samples of the project's own scorers that need no model and no parser."""
    return sorted(
        name
        for name, (_, entry) in catalogue().axes().items()
        if entry.scorer.level == "sample"
        and not entry.scorer.needs
        and not entry.scorer.stored
        and entry.scorer.cost_us <= DEAREST_US
    )


def fill(home: Path, samples: int, memory: str) -> int:
    """Generate the rows of a lake in chunks; returns the bytes of their texts."""
    with Lake.open(Settings.load(home=home, memory_limit=memory), create=True) as lake:
        for low in range(0, samples, CHUNK):
            bounds = {"low": low, "high": min(low + CHUNK, samples), "words": WORDS}

            def add(connection: Connection, bounds: dict[str, object] = bounds) -> None:
                connection.execute(f"insert into samples by name {ROWS}", bounds)

            lake.transact(add, message=f"generate rows from {low}")
        columns = "dataset, dataset_no, kind, rows"
        lake.transact(
            lambda connection: connection.execute(
                f"insert into datasets ({columns}) values (?, 1, 'train', ?)", [DATASET, samples]
            ),
            message="the dataset",
        )
        return int(lake.rows("select sum(strlen(instruction) + strlen(response) + 1) from samples")[0][0])


def digest(home: Path) -> list[tuple[object, ...]]:
    """Hashes of every row of both tables that scoring writes, whatever their order."""
    with Lake.open(Settings.load(home=home), read_only=True) as lake:
        names = ", ".join(name for name, *_ in lake.rows("describe scored_axes"))
        return [
            lake.rows(f"select count(*), bit_xor(hash(hash({keys}))) from {table}")[0]
            for table, keys in (
                ("scores", "sample_id, dataset, axis, scorer_version, value, status, detail"),
                ("scored_axes", names),
            )
        ]


def grown(folder: Path, sizes: list[int], memory: str, axes: list[str]) -> tuple[list[object], float]:
    """Score every size and print its row; returns the table of the smallest and the seconds it took."""
    kept: list[object] = []
    smallest = 0.0
    before: tuple[int, Measured] | None = None
    print(f"{len(axes)} axes on {cores()} cores, DuckDB limited to {memory}: {', '.join(axes)}")
    print("   samples  text GB  seconds  samples/s  peak GiB  more per 1M", flush=True)
    for samples in sizes:
        home = folder / f"home{samples}"
        text = fill(home, samples, memory)
        ran = measured(SCORE, str(home), memory, ",".join(axes))
        growth = ""
        if before is not None:
            more = (ran.peak_bytes - before[1].peak_bytes) / 2**30 / (samples - before[0]) * 1e6
            growth = f"{more:+.2f} GiB"
        print(
            f"{samples:10,}  {text / 1e9:7.2f}  {ran.seconds:7.0f}  {samples / ran.seconds:9,.0f}"
            f"  {ran.peak_bytes / 2**30:8.2f}  {growth:>11}",
            flush=True,
        )
        if not kept:
            kept, smallest = list(digest(home)), ran.seconds
        before = (samples, ran)
        shutil.rmtree(home)
    return kept, smallest


def killed(folder: Path, samples: int, kills: int, seconds: float, memory: str, axes: list[str]) -> list[object]:
    """Score a new lake, killing it at random moments, then to the end; returns its table."""
    home, chance = folder / "killed", random.Random(time.time_ns())
    fill(home, samples, memory)
    # Short windows, so that a kill finds some committed and one half done.
    command = [sys.executable, "-c", SCORE, str(home), memory, ",".join(axes), str(max(1, samples // 20))]
    for _ in range(kills):
        after = chance.uniform(0.1, 0.9) * seconds
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        what = "ended within"
        try:
            process.wait(after)
        except subprocess.TimeoutExpired:
            what = "killed after"
            process.kill()
            process.wait()
        with Lake.open(Settings.load(home=home), read_only=True) as lake:
            done = lake.rows("select count(distinct sample_id) from scores")[0][0]
        print(f"{what} {after:5.1f} s: {done:,} samples are scored", flush=True)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return list(digest(home))


def main() -> None:
    """Run the benchmark and print its table; ends with status 1 when the tables differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="500000,1000000,2000000")
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--memory", default="2GB")
    chosen = parser.parse_args()
    sizes, axes = sorted(int(float(size)) for size in chosen.sizes.split(",")), cheap_axes()
    folder = Path(tempfile.mkdtemp(prefix="oda-benchmark-"))
    try:
        calm, seconds = grown(folder, sizes, chosen.memory, axes)
        if chosen.kills:
            after = killed(folder, sizes[0], chosen.kills, seconds, chosen.memory, axes)
            if after != calm:
                raise SystemExit(f"wrong answer: {after} after kills, {calm} undisturbed")
            print(f"the same {calm[0]} after {chosen.kills} disturbed runs as undisturbed")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
