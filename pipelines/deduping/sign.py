"""Signing: samples that have no signature yet get one, window by window; a killed run goes on where it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from lake.catalog import Connection, Lake
from lake.errors import ConflictError
from lake.relations import run
from lake.tables import SIGNATURES
from pipelines.deduping.functions import register
from pipelines.deduping.parameters import Signing
from pipelines.deduping.texts import on_all_cores
from pipelines.progress import Progress
from pipelines.scoring.storage import discarded_on_failure

WINDOW_ROWS = 500_000
"""Samples of a commit: what a kill can lose."""


def pending(lake: Lake, signing: Signing) -> list[tuple[str, int]]:
    """Datasets with samples that have no signature of these parameters, and how many."""
    return run(lake.connection, "unsigned_datasets", view=signing.view, parameters=signing.key).fetchall()


def sign_pending(lake: Lake, signing: Signing, progress: Progress, window_rows: int = WINDOW_ROWS) -> int:
    """Give every training sample a signature; returns how many were signed."""
    ingested = _ingested(lake.connection)
    todo = pending(lake, signing)
    if not todo:
        return 0
    progress.start("sign", sum(rows for _, rows in todo), "samples")
    signed = 0
    staged: list[Path] = []
    held: list[_Window] = []
    with lake.second_reader() as second, discarded_on_failure(staged):
        register(second)
        # A dataset of one row group keeps one core busy: windows are signed side by side. Small ones share a commit.
        stage = partial(_stage, lake, second, signing, staged)
        for window in on_all_cores(_windows(lake, todo, window_rows), stage, lake.settings.threads):
            held.append(window)
            signed += len(window.ids)
            progress.advance(len(window.ids))
            if sum(len(one.ids) for one in held) >= window_rows:
                _commit(lake, signing, held, ingested)
                for one in held:
                    staged.remove(one.path)
                held.clear()
        _commit(lake, signing, held, ingested)
    progress.finish()
    return signed


class _Window(NamedTuple):
    """A range of samples of a dataset, the file that holds their signatures, and who got one."""

    place: dict[str, Any]
    path: Path
    ids: pa.Table


def _windows(lake: Lake, todo: list[tuple[str, int]], rows: int) -> Iterator[dict[str, Any]]:
    for dataset, _ in todo:
        for low, high, _ in run(lake.connection, "score_windows", dataset=dataset, rows=rows).fetchall():
            yield {"dataset": dataset, "low": low, "high": high}


def _stage(lake: Lake, second: Connection, signing: Signing, staged: list[Path], place: dict[str, Any]) -> _Window:
    path = lake.staging_file(SIGNATURES, view=signing.view, dataset=place["dataset"])
    staged.append(path)
    cursor = second.cursor()
    try:
        cursor.execute("use lake")
        values = {**place, "path": str(path), "view": signing.view, "key": signing.key}
        cursor.execute(_SIGN.format(text=signing.text, **asdict(signing)), values)
    finally:
        cursor.close()
    ids = pq.read_table(path, columns=["sample_id"])
    if not len(ids):
        path.unlink()
    return _Window(place, path, ids)


def _commit(lake: Lake, signing: Signing, held: list[_Window], ingested: dict[str, Any]) -> None:
    """Make signatures part of the lake.

    - ingested: dataset -> when its rows came into the lake, read before their texts were.
    """
    windows = [window for window in held if len(window.ids)]
    if not windows:
        return
    names = sorted({window.place["dataset"] for window in windows})

    def work(connection: Connection) -> None:
        now = _ingested(connection)
        changed = [name for name in names if now.get(name) != ingested.get(name)]
        values = {"names": names, "view": signing.view, "key": signing.key}
        changed += [row[0] for row in connection.execute(_SIGNED_MEANWHILE, values).fetchall()]
        if changed:
            raise ConflictError(
                f"Another writer changed or signed samples of {', '.join(changed)} meanwhile.",
                hint="What was committed is intact; run it again.",
            )
        lake.add_files(connection, SIGNATURES, [window.path for window in windows])

    ids = pa.concat_tables([window.ids for window in windows])
    lake.connection.register("being_signed", ids)
    try:
        lake.transact(
            work,
            message=f"sign {', '.join(names)}: {signing.view}",
            extra={"step": "sign", "parameters": signing.key, "samples": len(ids)},
            staged=[window.path for window in windows],
        )
    finally:
        lake.connection.unregister("being_signed")


def _ingested(connection: Connection) -> dict[str, Any]:
    return dict(connection.execute("select dataset, ingested from datasets").fetchall())


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

_SIGNED_MEANWHILE = """
select distinct dataset from signatures
where "view" = $view and parameters = $key and list_contains($names, dataset)
and sample_id in (select sample_id from being_signed)
"""
