"""A two-axis filter with a text column through `scored`, against the same query on hand-written Parquet.

    python -m benchmarks.sql [--samples 5000000] [--repeat 5]

Both sides hold the same rows: 20 axes and texts of about 700 characters. The hand-written side is one wide Parquet file per
dataset with texts and axes together. Answers are compared first; then, per selectivity, the best times.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from pathlib import Path

from lake.catalog import Connection, Lake
from lake.settings import Settings

DATASETS = 5
AXES = [f"axis_{number:02}" for number in range(20)]

ROWS = """
select
    ({number}::bigint << 32) + i as sample_id,
    'set{number}' as dataset,
    i as row_no,
    md5((i * 5 + {number})::varchar)::uuid as content_id,
    md5((i * 7 + {number})::varchar)::uuid as instruction_id,
    array_to_string(list_transform(range(3 + i % 4), lambda x: md5((i * 31 + x)::varchar)), ' ') as instruction,
    repeat('some words and ', (i % 9)::integer) || array_to_string(
        list_transform(range(8 + i % 20), lambda x: substr(md5((i * 37 + x)::varchar), 1, 12)), ' the next ') as response,
    {axes}
from range({rows}) as numbers(i)
"""


def fill(lake: Lake, flat: Path, samples: int) -> None:
    """Write the same rows into the lake and as flat Parquet."""
    rows = samples // DATASETS
    axes = ", ".join(f"random()::float as {axis}" for axis in AXES)

    def add(connection: Connection) -> None:
        if "axis_00" not in lake.query("describe scored_axes")["column_name"].to_pylist():
            for axis in AXES:
                connection.execute(f"alter table scored_axes add column {axis} float")
            lake.refresh_views(connection)
        connection.execute("insert into samples by name select * exclude (" + ", ".join(AXES) + ") from rows_of_set")
        connection.execute(
            "insert into scored_axes by name select sample_id, dataset, columns('axis_.*') from rows_of_set"
        )

    for number in range(DATASETS):
        lake.connection.execute(
            "create or replace temp table rows_of_set as " + ROWS.format(number=number, axes=axes, rows=rows)
        )
        lake.transact(add, message=f"fill set{number}")
        lake.connection.execute(f"copy (from rows_of_set) to '{flat}/set{number}.parquet' (compression zstd)")
    lake.connection.execute("drop table temp.rows_of_set")


def query(source: str, below: float) -> str:
    """The question asked: how many, and how much text, on one side of two axes."""
    return f"select count(*), sum(length(response)) from {source} where axis_03 < {below} and axis_11 < {below}"


def best(lake: Lake, sql: str, repeat: int) -> float:
    """The best wall time of a query in seconds."""
    times = []
    for _ in range(repeat):
        began = time.monotonic()
        lake.rows(sql)
        times.append(time.monotonic() - began)
    return min(times)


def main() -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=5_000_000)
    parser.add_argument("--repeat", type=int, default=5)
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="oda-benchmark-"))
    try:
        flat = folder / "flat"
        flat.mkdir()
        with Lake.open(Settings.load(home=folder / "home", memory_limit="6GB"), create=True) as lake:
            fill(lake, flat, chosen.samples)
            hand_written = f"read_parquet('{flat}/*.parquet')"
            print(f"{chosen.samples:,} samples, {len(AXES)} axes")
            print("selected    hand-written      scored       ratio")
            for below in (0.05, 0.1, 0.3, 0.5, 0.7):
                ours, theirs = lake.rows(query("scored", below)), lake.rows(query(hand_written, below))
                if ours != theirs:
                    raise SystemExit(f"wrong answer: {ours} through scored, {theirs} by hand")
                by_hand = best(lake, query(hand_written, below), chosen.repeat)
                scored = best(lake, query("scored", below), chosen.repeat)
                print(
                    f"{ours[0][0] / chosen.samples:7.2%}  {by_hand:12.2f} s  {scored:9.2f} s  {scored / by_hand:9.2f}"
                )
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
