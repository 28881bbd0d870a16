"""What a scan found, stored: in one commit with how far it came, if nothing changed meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from lake.catalog import Connection, Lake
from lake.errors import ConflictError
from lake.identity import ROWS_PER_DATASET
from lake.relations import statement
from lake.staging import discarded_on_failure
from lake.tables import CONTAMINATION
from pipelines.contaminating.tasks import Part, Task
from pipelines.deriving.engine import listed


def commit(lake: Lake, held: Sequence[Part], found: pa.Table, *, method: str, key: str) -> None:
    """Store what windows gave and how far their datasets were scanned, in one commit."""
    names = {task.dataset_no: task.dataset for task, _ in held}
    numbers = (found.column("sample_id").to_numpy() // ROWS_PER_DATASET).tolist()
    table = found.append_column("dataset", pa.array([names[number] for number in numbers], pa.string()))
    rows = _with_answers(lake.connection, table)
    files: list[Path] = []

    done = pa.Table.from_pylist(
        [
            {
                "dataset": task.dataset,
                "benchmark": benchmark,
                "method": method,
                "parameters": key,
                "of_dataset": task.state,
                "of_benchmark": state,
                "scanned_to": window.high,
                "finished": window.last,
                "first": any(other.first for also, other in held if also is task),
            }
            for task, window in {id(task): (task, window) for task, window in held}.values()
            for benchmark, state in task.states.items()
        ]
    )

    def work(connection: Connection) -> None:
        _check_unchanged(connection, [task for task, _ in held])
        connection.register("scans_done", done)
        for statement_of_done in _DONE:  # a statement each: every one is a file or two of the lake
            connection.execute(statement_of_done)
        connection.unregister("scans_done")
        lake.add_files(connection, CONTAMINATION, files)

    with discarded_on_failure(files):
        if len(rows):
            files.append(lake.staging_file(CONTAMINATION))
            pq.write_table(rows, files[0], compression="zstd")
        lake.transact(
            work,
            message=f"contamination of {listed(list(names.values()))}",
            extra={"step": "contamination", "rows": len(rows)},
            staged=files,
        )


def _with_answers(connection: Connection, table: pa.Table) -> pa.Table:
    """The rows as `contamination` has them, with whether the answer is there too."""
    connection.register("found_pairs", table)
    connection.execute(
        "create or replace temp table pairs as "
        "select distinct item_id, sample_id from found_pairs where verdict = 'contaminated'"
    )
    columns = ", ".join(CONTAMINATION.column_names)
    query, _ = statement("answered", {})
    rows = connection.execute(
        f"select {columns} from found_pairs left join ({query}) as told using (item_id, sample_id) "
        "order by dataset, sample_id, item_id, method"
    ).to_arrow_table()
    connection.unregister("found_pairs")
    connection.execute("drop table temp.pairs")
    kept: pa.Table = rows.cast(CONTAMINATION.arrow_schema)
    return kept


def _check_unchanged(connection: Connection, tasks: Sequence[Task]) -> None:
    now = dict(connection.execute("select dataset, ingested::varchar from datasets").fetchall())
    seen = {name: state for task in tasks for name, state in ((task.dataset, task.state), *task.states.items())}
    for name, state in seen.items():
        if name not in now or (now[name] or "") != state:
            raise ConflictError(f"{name} changed while it was scanned.", hint="Run it again.")


_DONE = (
    "delete from contamination using scans_done as done where contamination.dataset = done.dataset "
    "and contamination.benchmark = done.benchmark and done.first "
    "and if(contamination.method in ('embedding', 'judge'), contamination.method, 'text') = done.method",
    "delete from contamination_scans as scans using scans_done as done where scans.dataset = done.dataset "
    "and scans.benchmark = done.benchmark and scans.method = done.method",
    "insert into contamination_scans by name select * exclude (first), now()::timestamp as scanned from scans_done",
)
"""What a commit of a scan does beside adding rows: what was found by another scan goes, and how far it came is kept."""
