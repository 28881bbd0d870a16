"""Signing: samples that have no signature yet get one, window by window; a killed run goes on where it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lake.catalog import Connection, Lake
from lake.errors import ConflictError
from lake.relations import run
from lake.tables import SIGNATURES
from pipelines.deduping.functions import register
from pipelines.deduping.parameters import Signing
from pipelines.deduping.texts import reader
from pipelines.progress import Progress
from pipelines.scoring.storage import discarded_on_failure

WINDOW_ROWS = 500_000
"""Samples of a commit: what a kill can lose."""


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
        register(second)
        for dataset, _ in todo:
            for low, high, _ in run(lake.connection, "score_windows", dataset=dataset, rows=window_rows).fetchall():
                place = {"dataset": dataset, "low": low, "high": high}
                done = _window(lake, second, signing, place)
                progress.advance(done)
                signed += done
    progress.finish()
    return signed


def _window(lake: Lake, second: Connection, signing: Signing, place: dict[str, Any]) -> int:
    path = lake.staging_file(SIGNATURES, view=signing.view, dataset=place["dataset"])
    files: list[Path] = [path]

    def work(connection: Connection) -> None:
        there, samples = connection.execute(_THERE, {**place, "view": signing.view, "key": signing.key}).fetchone() or (
            0,
            0,
        )
        if there or samples < len(ids):
            raise ConflictError(
                f"Another writer changed or signed samples of {place['dataset']} meanwhile.",
                hint="What was committed is intact; run it again.",
            )
        lake.add_files(connection, SIGNATURES, files)

    with discarded_on_failure(files):
        values = {**place, "path": str(path), "view": signing.view, "key": signing.key}
        second.execute(_SIGN.format(text=signing.text, **asdict(signing)), values)
        ids = pq.read_table(path, columns=["sample_id"])
        if len(ids):
            _checked(work, lake, signing, place, ids)
        else:
            path.unlink()
    return len(ids)


# Signatures look like noise: trying to shrink them costs more than it saves.
_SIGN = """
copy (
    select sample_id, $key as parameters,
        unnest(minhash_of({text}, '{unit}', {ngram}, {permutations}, {seed}))
    from samples
    anti join (
        select sample_id from signatures
        where dataset = $dataset and "view" = $view and parameters = $key and sample_id between $low and $high
    ) using (sample_id)
    where dataset = $dataset and sample_id between $low and $high
) to $path (format parquet, compression uncompressed)
"""

_THERE = """
select
    (select count(*) from signatures where "view" = $view and parameters = $key and dataset = $dataset
     and sample_id between $low and $high and sample_id in (select sample_id from being_signed)),
    (select count(*) from samples where dataset = $dataset and sample_id between $low and $high
     and sample_id in (select sample_id from being_signed))
"""


def _checked(work: Callable[[Connection], None], lake: Lake, signing: Signing, place: Any, ids: pa.Table) -> None:
    lake.connection.register("being_signed", ids)
    try:
        lake.transact(
            work,
            message=f"sign {place['dataset']}: {signing.view}",
            extra={**place, "parameters": signing.key, "samples": len(ids)},
        )
    finally:
        lake.connection.unregister("being_signed")
