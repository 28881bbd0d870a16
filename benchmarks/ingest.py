"""Ingest of a JSON lines file against DuckDB's own copy of the same file to Parquet, side by side in one run.

    python -m benchmarks.ingest [--gigabytes 2] [--repeat 2]

The file is generated: instruction, input and output of about 1 KB a row. First the answer is checked (every row there,
every text equal to what DuckDB reads), then the times are compared. DuckDB only parses and writes; ingest also
recognises the format, validates each row, computes both identities and commits.
"""

from __future__ import annotations

import argparse
import random
import shutil
import tempfile
from pathlib import Path

import duckdb
import orjson

from benchmarks.measure import cores, measured
from lake.catalog import Lake
from lake.settings import Settings

WORDS = [
    "the",
    "a",
    "of",
    "to",
    "and",
    "in",
    "for",
    "with",
    "on",
    "model",
    "data",
    "answer",
    "question",
    "number",
    "river",
    "stone",
    "light",
    "small",
    "green",
    "open",
    "field",
    "time",
    "count",
    "value",
    "prime",
    "sum",
    "café",
    "naïve",
    "数据",
    "模型",
    "because",
    "therefore",
    "although",
    "however",
    "first",
    "second",
    "result",
    "proof",
    "step",
    "list",
]

COPY = """
import sys, duckdb
connection = duckdb.connect()
connection.execute("set threads = " + sys.argv[3])
connection.execute("set memory_limit = '1800MB'")
connection.execute("copy (from read_json(?, format = 'newline_delimited')) to '" + sys.argv[2] + "' (format parquet)", [sys.argv[1]])
"""

INGEST = """
import sys
from lake.catalog import Lake
from lake.settings import Settings
from pipelines.ingest import ingest
if __name__ == "__main__":
    settings = Settings.load(home=sys.argv[2], threads=int(sys.argv[3]), memory_limit="1GB")
    with Lake.open(settings, create=True) as lake:
        print(ingest(lake, sys.argv[1], name="benchmark").samples)
"""


def generate(path: Path, size: int) -> int:
    """Write about `size` bytes of JSON lines; returns the rows."""
    chosen = random.Random(11)
    sentences = [" ".join(chosen.choices(WORDS, k=chosen.randint(6, 24))) + "." for _ in range(20_000)]
    rows = written = 0
    with path.open("wb") as handle:
        while written < size:
            lines = []
            for _ in range(2000):
                lines.append(
                    orjson.dumps(
                        {
                            "id": f"row-{rows}",
                            "instruction": f"{rows}: {chosen.choice(sentences)}",
                            "input": chosen.choice(sentences) if rows % 3 else "",
                            "output": "\n".join(chosen.choices(sentences, k=chosen.randint(5, 13))),
                        }
                    )
                )
                rows += 1
            chunk = b"\n".join(lines) + b"\n"
            handle.write(chunk)
            written += len(chunk)
    return rows


def check(lake_home: Path, source: Path, copied: Path, rows: int) -> None:
    """Raise unless the lake holds every row with the texts that DuckDB reads from the source."""
    with Lake.open(Settings.load(home=lake_home)) as lake:
        ours = lake.rows(
            "select count(*), count(distinct row_no), sum(hash(instruction)::hugeint), sum(hash(response)::hugeint), "
            "sum(hash(meta->>'id')::hugeint) from samples"
        )[0]
    theirs = duckdb.execute(
        "select count(*), count(distinct id), sum(hash(instruction || case when input = '' then '' else chr(10) || input end)"
        "::hugeint), sum(hash(output)::hugeint), sum(hash(id)::hugeint) from read_parquet(?)",
        [str(copied)],
    ).fetchone()
    if ours != theirs or ours[0] != rows:
        raise SystemExit(f"wrong answer for {source}: the lake has {ours}, DuckDB reads {theirs}, {rows} were written")


def main() -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gigabytes", type=float, default=2.0)
    parser.add_argument("--repeat", type=int, default=2)
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="oda-benchmark-"))
    threads = str(cores())
    try:
        source = folder / "source.jsonl"
        rows = generate(source, int(chosen.gigabytes * 1e9))
        best: dict[str, tuple[float, int]] = {}
        for turn in range(chosen.repeat):
            copied, home = folder / "copy.parquet", folder / f"home{turn}"
            for name, code, target in (("DuckDB copy", COPY, copied), ("oda ingest", INGEST, home)):
                found = measured(code, str(source), str(target), threads)
                best[name] = min(best.get(name, (1e9, 0)), (found.seconds, found.peak_bytes))
            if turn == 0:
                check(home, source, copied, rows)
                print(f"answer checked: {rows:,} rows, all texts equal")
            shutil.rmtree(home)
        size = source.stat().st_size
        for name, (seconds, peak) in best.items():
            print(f"{name:12} {seconds:7.1f} s  {size / seconds / 1e6:6.0f} MB/s  {rows / seconds:9,.0f} rows/s  "
                  f"peak {peak / 1e9:.2f} GB")  # fmt: skip
        ratio = best["oda ingest"][0] / best["DuckDB copy"][0]
        print(
            f"ratio {ratio:.2f} (at most 2.5), peak memory {best['oda ingest'][1] / 2**30:.2f} GiB (under 2), {threads} cores"
        )
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
