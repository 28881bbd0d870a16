"""Signing: samples that have no signature yet get one, window by window; a killed run goes on where it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lake.catalog import Connection, Lake
from lake.errors import ConflictError
from lake.relations import run
from lake.tables import SIGNATURES
from pipelines.deduping.parameters import LANES, Signing
from pipelines.deduping.texts import BATCH_ROWS, on_all_cores, reader, sign
from pipelines.progress import Progress
from pipelines.scoring.storage import discarded_on_failure

WINDOW_ROWS = 1_000_000
"""Samples of a commit: what a kill can lose."""

ROW_GROUP = 122_880


def pending(lake: Lake, signing: Signing) -> list[tuple[str, int]]:
    """Datasets with samples that have no signature of these parameters, and how many."""
    return run(lake.connection, "unsigned_datasets", view=signing.view, parameters=signing.key).fetchall()


def sign_pending(lake: Lake, signing: Signing, progress: Progress, window_rows: int = WINDOW_ROWS) -> int:
    """Give every training sample a signature; returns how many were signed."""
    todo = pending(lake, signing)
    if not todo:
        return 0
    progress.start("sign", sum(rows for _, rows in todo), "samples")
    signed = 0
    with reader(lake) as second:
        for dataset, _ in todo:
            for low, high, _ in run(lake.connection, "score_windows", dataset=dataset, rows=window_rows).fetchall():
                place = {"dataset": dataset, "low": low, "high": high}
                signed += _window(lake, second, signing, place, progress.advance)
    progress.finish()
    return signed


def _window(
    lake: Lake, second: Connection, signing: Signing, place: dict[str, Any], advance: Callable[[float], None]
) -> int:
    batches = _unsigned(second, signing, place)
    parts = []
    for part in on_all_cores(batches, lambda batch: _signed(batch, signing), lake.settings.threads):
        parts.append(part)
        advance(part.num_rows)
    if not parts:
        return 0
    table = pa.concat_tables(parts).sort_by("sample_id")
    path = lake.staging_file(SIGNATURES, view=signing.view, dataset=place["dataset"])
    files: list[Path] = [path]

    def work(connection: Connection) -> None:
        there, samples = connection.execute(_THERE, {**place, "view": signing.view, "key": signing.key}).fetchone() or (
            0,
            0,
        )
        if there or samples < table.num_rows:
            raise ConflictError(
                f"Another writer changed or signed samples of {place['dataset']} meanwhile.",
                hint="What was committed is intact; run it again.",
            )
        lake.add_files(connection, SIGNATURES, files)

    with discarded_on_failure(files):
        _write(path, table)
        _checked(work, lake, signing, place, table)
    return int(table.num_rows)


_THERE = """
select
    (select count(*) from signatures where "view" = $view and parameters = $key and dataset = $dataset
     and sample_id between $low and $high and sample_id in (select sample_id from being_signed)),
    (select count(*) from samples where dataset = $dataset and sample_id between $low and $high
     and sample_id in (select sample_id from being_signed))
"""


def _checked(work: Callable[[Connection], None], lake: Lake, signing: Signing, place: Any, table: pa.Table) -> None:
    lake.connection.register("being_signed", table.select(["sample_id"]))
    try:
        lake.transact(
            work,
            message=f"sign {place['dataset']}: {signing.view}",
            extra={**place, "parameters": signing.key, "samples": table.num_rows},
        )
    finally:
        lake.connection.unregister("being_signed")


def _unsigned(second: Connection, signing: Signing, place: dict[str, Any]) -> Iterator[pa.RecordBatch]:
    query = (
        f"select sample_id, {signing.text} as text from samples "
        'anti join (select sample_id from signatures where dataset = $dataset and "view" = $view and parameters = $key '
        "and sample_id between $low and $high) using (sample_id) "
        "where dataset = $dataset and sample_id between $low and $high"
    )
    yield from second.execute(query, {**place, "view": signing.view, "key": signing.key}).to_arrow_reader(BATCH_ROWS)


def _signed(batch: pa.RecordBatch, signing: Signing) -> pa.Table:
    counts, wholes, lanes = sign(batch.column("text"), signing)
    columns: dict[str, Any] = {
        "sample_id": batch.column("sample_id"),
        "parameters": pa.DictionaryArray.from_arrays(np.zeros(len(counts), np.int32), [signing.key]),
        "shingles": counts.astype(np.int32),
        "whole": pa.array(wholes.view(np.int64), mask=wholes == 0),
    }
    unsigned = counts == 0
    for lane in range(LANES):
        absent = unsigned if lane < len(lanes) else np.ones(len(counts), np.bool_)
        values = lanes[lane].view(np.int64) if lane < len(lanes) else np.zeros(len(counts), np.int64)
        columns[f"lane_{lane:02}"] = pa.array(values, mask=absent)
    return pa.table(columns)


def _write(path: Path, table: pa.Table) -> None:
    schema = pa.schema([SIGNATURES.arrow_schema.field(name) for name in table.column_names])
    # Signatures look like noise: trying to shrink them costs more than it saves.
    pq.write_table(
        table.cast(schema), path, compression="none", use_dictionary=["parameters"], row_group_size=ROW_GROUP
    )
