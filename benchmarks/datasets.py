"""Many datasets and axes: how scoring, planning and profiles grow from 10 to 40 to 120 datasets, and 120 x 100 axes.

    python -m benchmarks.datasets                       # this tree
    python -m benchmarks.datasets --before ../older     # beside another checkout, measured in the same run

Seconds are processor time, so that what else a machine does matters less. Each answer is checked before its time counts.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROWS = 500
SIZES = (10, 40, 120)
AXES = 100

PROGRAM = """
import json, sys, time
from pathlib import Path
import pyarrow as pa
from lake.catalog import Lake
from lake.identity import content_id, instruction_id, sample_id
from lake.settings import Settings
from pipelines.profile import profile
from pipelines.score import plan, score

home, datasets, rows, axes = sys.argv[1], *map(int, sys.argv[2:5])
seconds = {}

def timed(name, work):
    began = time.process_time()
    answer = work()
    seconds[name] = round(time.process_time() - began, 3)
    return answer

def fill(lake, number):
    texts = [(f"What is {n} in set {number}?", f"It is {n * number}, " + f"as word{n % 97} says. " * (1 + n % 7)) for n in range(rows)]
    table = pa.table({
        "sample_id": [sample_id(number, row) for row in range(rows)],
        "dataset": [f"set{number:03}"] * rows,
        "row_no": list(range(rows)),
        "content_id": pa.array([content_id([("user", q), ("assistant", a)]) for q, a in texts], pa.uuid()),
        "instruction_id": pa.array([instruction_id(q) for q, _ in texts], pa.uuid()),
        "instruction": [q for q, _ in texts],
        "response": [a for _, a in texts],
    })
    def work(connection):
        connection.register("filling", table)
        connection.execute("insert into samples by name from filling")
        connection.execute("insert into datasets (dataset, dataset_no, kind, rows) values (?, ?, 'train', ?)", [f"set{number:03}", number, rows])
        connection.unregister("filling")
    lake.transact(work, message="fill")

with Lake.open(Settings.load(home=home, threads=2), create=True) as lake:
    for number in range(1, datasets + 1):
        fill(lake, number)
    few = ["hdd", "mtld", "str_length", "compress_ratio", "logical_word_count"]
    score(lake, datasets=["set001"], axes=few)  # kernels are loaded
    timed("score 5 axes", lambda: score(lake, axes=few))
    expected = datasets * rows
    assert lake.rows("select axis, count(distinct sample_id) from scores group by axis order by 1") == [(axis, expected) for axis in sorted(few)]
    report = timed("nothing to do", lambda: score(lake, axes=few))
    assert report.computed == 0
    planned = timed("plan", lambda: plan(lake, axes=few))
    assert sum(axis.to_run for axis in planned.axes) == 0 and len(planned.axes) == datasets * len(few)
    found = timed("profile of all", lambda: profile(lake))
    assert len(found.distributions) == datasets * len(few)
    found = timed("profile of two", lambda: profile(lake, ["set001", "set002"]))
    assert len(found.distances) == len(few)
    rest = ["vocd_d", "think_or_not", "pure_think", "token_length", "response_token_length", "token_entropy",
            "unique_ntoken", "gram_entropy", "unique_ngram", "ts_python"]
    score(lake, axes=few + rest)
    report = timed("nothing to do, 15 axes", lambda: score(lake, axes=few + rest))
    assert report.computed == 0 and lake.rows("select count(*) from scores") == [(expected * 15,)]
    again = timed("the same again", lambda: score(lake, axes=few + rest))
    assert again.computed == 0
    if axes:
        held = few + rest
        def more(connection):
            connection.execute(
                "insert into scores by name select sample_id, dataset, 'axis_' || a as axis, '1' as scorer_version, "
                "(hash(sample_id, a) % 1000)::float as value, 'ok' as status, null as detail "
                "from samples cross join range(?) as axes(a) order by dataset, axis, sample_id", [axes])
        lake.transact(more, message="more axes")
        count = timed("dataset_profile", lambda: lake.rows("select count(*) from dataset_profile"))
        assert count == [(datasets * (axes + len(held)),)]
        from pipelines.scoring.wide import refresh_scored
        refresh_scored(lake, [f"set{number:03}" for number in range(1, datasets + 1)])
        found = timed("profile of two, 100 axes", lambda: profile(lake, ["set001", "set002"]))
        valued = lake.rows("select count(*) from (select axis from scores where dataset in ('set001', 'set002') and value is not null "
                           "group by axis having count(distinct dataset) = 2)")[0][0]
        assert len(found.distances) == valued >= axes + len(few)
        seconds["score files"] = lake.rows("select file_count from ducklake_table_info('lake') where table_name = 'scores'")[0][0]
print(json.dumps(seconds))
"""


def run(tree: Path, datasets: int, axes: int) -> dict[str, float]:
    """The program over one tree: what each step took."""
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, home, str(datasets), str(ROWS), str(axes)],
            cwd=tree,  # before what PYTHONPATH says
            env={**os.environ, "PYTHONPATH": str(tree)},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", type=Path, help="another checkout to measure beside this one")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--axes", type=int, default=AXES, help="axes made by SQL in the largest lake")
    given = parser.parse_args()
    sizes = [int(size) for size in given.sizes.split(",")]
    trees = {"now": Path(__file__).resolve().parents[1]} | ({"before": given.before.resolve()} if given.before else {})
    for size in sizes:
        axes = given.axes if size == sizes[-1] else 0
        found = {name: run(tree, size, axes) for name, tree in trees.items()}
        for step, seconds in found["now"].items():
            before = (
                f"  before {found['before'][step]:10.2f}  ratio {found['before'][step] / max(seconds, 1e-3):6.1f}"
                if "before" in found
                else ""
            )
            print(f"{size:4} datasets  {step:26} {seconds:10.2f}{before}", flush=True)


if __name__ == "__main__":
    main()
