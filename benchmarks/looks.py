"""Looks of the sensor `lake_contents` at many datasets and axes: what one costs in statements of Dagster's storage.

    python -m benchmarks.looks --datasets 120 --axes 100

The axes are a user's, their values made by SQL. The first looks tell of everything, one after an axis of
one dataset was scored elsewhere, and one after nothing happened. What the second one told is checked before its cost.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import sqlalchemy

ROWS = 2

_DATASETS = """
insert into datasets by name
select 'set' || n as dataset, n as dataset_no, 'train' as kind, $rows as rows, 0 as rejected,
    'source ' || n as fingerprint
from range(1, $datasets + 1) as numbers(n)
"""
_SAMPLES = """
insert into samples by name
select (n << 32) + row_no as sample_id, 'set' || n as dataset, row_no, uuid() as content_id, uuid() as instruction_id,
    'What is ' || row_no as instruction, 'It is ' || n as response
from range(1, $datasets + 1) as numbers(n), range($rows) as rows(row_no)
"""
_SCORES = """
insert into scores by name
select sample_id, dataset, 'axis_' || n as axis, '1' as scorer_version, hash(sample_id, n) % 1000 as value, 'ok' as status
from samples, range($axes) as numbers(n)
order by dataset, axis, sample_id
"""
_CHANGE = "update scores set value = value + 1 where dataset = 'set7' and axis = 'axis_3'"


def fill(home: Path, datasets: int, axes: int) -> None:
    """A lake with so many datasets, each scored on so many axes of its user."""
    from lake.catalog import Lake
    from lake.settings import Settings
    from pipelines.scoring.wide import refresh_scored

    (home / "scorers").mkdir(parents=True, exist_ok=True)
    for number in range(axes):
        (home / "scorers" / f"axis_{number}.sql").write_text(f"-- description: Made up.\nlength(response) + {number}\n")
    with Lake.open(Settings.load(home=home), create=True) as lake:
        for sql, given in (
            (_DATASETS, {"datasets": datasets, "rows": ROWS}),
            (_SAMPLES, {"datasets": datasets, "rows": ROWS}),
            (_SCORES, {"axes": axes}),
        ):
            lake.transact(lambda connection, sql=sql, given=given: connection.execute(sql, given), message="fill")
        refresh_scored(lake, [f"set{number}" for number in range(1, datasets + 1)])


def change(home: Path) -> None:
    """What another program does: one axis of one dataset has other values."""
    from lake.catalog import Lake
    from lake.settings import Settings
    from pipelines.scoring.wide import refresh_scored

    with Lake.open(Settings.load(home=home)) as lake:
        lake.transact(lambda connection: connection.execute(_CHANGE), message="score elsewhere")
        refresh_scored(lake, ["set7"])


@contextmanager
def statements(found: Counter[str]) -> Iterator[None]:
    """Counts the statements that Dagster's storage runs, by their first word."""

    def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("PRAGMA"):  # how a connection is set up
            found[statement.split(" ", 1)[0]] += 1

    sqlalchemy.event.listen(sqlalchemy.engine.Engine, "before_cursor_execute", count)
    try:
        yield
    finally:
        sqlalchemy.event.remove(sqlalchemy.engine.Engine, "before_cursor_execute", count)


def look(definitions: dg.Definitions, instance: dg.DagsterInstance, cursor: str | None) -> Any:
    """One look of the sensor at the lake of the settings; its partitions are added as the daemon does."""
    from dagster_project.resources import LakeResource

    repository = definitions.get_repository_def()
    context = dg.build_sensor_context(
        instance=instance, cursor=cursor, resources={"lake": LakeResource()}, repository_def=repository
    )
    data = repository.get_sensor_def("lake_contents").evaluate_tick(context)
    for request in data.dynamic_partitions_requests or []:
        if isinstance(request, dg.AddDynamicPartitionsRequest):
            instance.add_dynamic_partitions(request.partitions_def_name, request.partition_keys)
        else:
            for key in request.partition_keys:
                instance.delete_dynamic_partition(request.partitions_def_name, key)
    return data


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--datasets", type=int, default=120)
    parser.add_argument("--axes", type=int, default=100)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="oda-looks-") as folder:
        home = Path(folder) / "home"
        os.environ["ODA_HOME"] = str(home)
        fill(home, given.datasets, given.axes)
        from dagster_project.definitions import defs
        from dagster_project.sync import AT_ONCE
        from lake.settings import Settings
        from pipelines.dagster_home import prepare

        definitions = defs()
        os.environ["DAGSTER_HOME"] = str(prepare(Settings.load(home=home)))
        with dg.DagsterInstance.get() as instance:
            cursor = None
            looks = -(-given.datasets // AT_ONCE)
            first = [f"first look {number} of {looks}" for number in range(1, looks + 1)]
            for name in (*first, "after one change", "after nothing"):
                if name == "after one change":
                    change(home)
                calls: Counter[str] = Counter()
                began = time.process_time()
                with statements(calls):
                    data = look(definitions, instance, cursor)
                seconds = time.process_time() - began
                if name == "after one change" and not str(data.skip_message).startswith("4 facts are new"):
                    raise SystemExit(
                        f"Four facts changed, not: {data.skip_message}"
                    )  # an axis, its dataset's row and profile, all scores
                cursor = data.cursor or cursor
                print(
                    f"{name}: {sum(calls.values()):,} statements, {seconds:.2f} s of processor time; {data.skip_message}"
                )
                print(json.dumps({"look": name, "statements": dict(calls), "seconds": seconds}), flush=True)


if __name__ == "__main__":
    main()
