"""Near-duplicates of many generated samples of about 1 KB, one in five a planted near-duplicate.

    python -m benchmarks.scale [--samples 5000000] [--folder FOLDER] [--memory 4GB] [--keep]

Fills a lake, then runs `oda dedup` as a process of its own: time of each part, peak memory, recall of the planted pairs.
40 million samples need about 30 GB of disk.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from pathlib import Path

import pyarrow as pa

from benchmarks.generated import fill, planted
from benchmarks.measure import cores, measured
from lake.catalog import Lake
from lake.settings import Settings

DATASETS = 10

RUN = """
import json, sys
from lake.catalog import Lake
from lake.settings import Settings
from pipelines.dedup import dedup
with Lake.open(Settings.load(home=sys.argv[1], memory_limit=sys.argv[2])) as lake:
    print(json.dumps(dedup(lake).as_dict()))
"""

RECALL = """
select edits, count(*), count(jaccard), avg(jaccard)
from truth left join near_duplicate_pairs as pairs on pairs.sample_id = truth.original and pairs.other_id = truth.copy
group by edits order by edits
"""


def recall(lake: Lake, samples: int) -> list[tuple[int, int, int, float]]:
    """(words replaced, planted, found, mean Jaccard of those found)."""
    rows = -(-samples // DATASETS)
    found = planted(samples)
    ids = ((found[:, :2] // rows + 1) << 32) + found[:, :2] % rows
    lake.connection.register("truth", pa.table({"copy": ids[:, 0], "original": ids[:, 1], "edits": found[:, 2]}))
    return lake.rows(RECALL)


def main() -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=5_000_000)
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--memory", default="4GB")
    parser.add_argument("--keep", action="store_true")
    chosen = parser.parse_args()
    if chosen.folder:
        chosen.folder.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="oda-scale-", dir=chosen.folder))
    try:
        began = time.monotonic()
        with Lake.open(Settings.load(home=folder, memory_limit=chosen.memory), create=True) as lake:
            fill(lake, chosen.samples, DATASETS)
        print(f"{chosen.samples:,} samples generated in {time.monotonic() - began:.0f} s", flush=True)
        run = measured(RUN, str(folder), chosen.memory)
        report = json.loads(run.output.strip().splitlines()[-1])
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        print(f"{cores()} cores, DuckDB limit {chosen.memory}: {run.seconds:.0f} s, peak {run.peak_bytes / 1e9:.2f} GB")
        print(f"lake on disk {size / 1e9:.1f} GB")
        for part, seconds in report["seconds"].items():
            print(f"  {part:<12}{seconds:9.1f} s")
        print(f"{report['candidates']:,} candidates, {report['pairs']:,} pairs, {report['excluded']:,} excluded")
        with Lake.open(Settings.load(home=folder), read_only=True) as lake:
            counts = recall(lake, chosen.samples)
        for edits, there, found, jaccard in counts:
            print(
                f"  {edits} words replaced: {found:,} of {there:,} found ({found / there:.2%}), mean Jaccard {jaccard:.3f}"
            )
        there, found = sum(row[1] for row in counts), sum(row[2] for row in counts)
        print(f"recall of planted pairs {found / there:.3%}; other pairs {report['pairs'] - found:,}", flush=True)
    finally:
        if not chosen.keep:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
