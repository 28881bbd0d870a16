"""The one commit of a run: verified pairs, who stands for whom, and the run itself."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from lake.catalog import Connection, Lake
from lake.errors import ConflictError
from lake.identity import ROWS_PER_DATASET
from lake.relations import relation, run
from lake.rows import delete
from lake.staging import discarded_on_failure
from lake.tables import NEAR_DUPLICATE_PAIRS, NEAR_DUPLICATES, Table
from pipelines.deduping.clusters import REASONS, ClusterMembers
from pipelines.deduping.parameters import SIGNING_FIELDS, EmbeddingComparison, Matching, Signing, as_dict
from pipelines.deduping.verify import Pairs

Longs = npt.NDArray[np.int64]

PAIR_PARAMETERS = ("threshold", "minimum", "complete", "hubs", "bands", "rows", "normaliser")


@dataclass(frozen=True)
class State:
    """What takes part: dataset -> its samples compared, when it came and its ids."""

    datasets: dict[str, dict[str, Any]]

    @classmethod
    def read(cls, connection: Connection) -> State:
        """The datasets of the temporary view `compared`."""
        rows = run(connection, "compared_datasets").fetchall()
        names = ("samples", "ingested", "first_id", "last_id")
        return cls({dataset: dict(zip(names, facts, strict=True)) for dataset, *facts in rows})

    @property
    def last_id(self) -> int:
        """The largest sample id compared."""
        return max((facts["last_id"] for facts in self.datasets.values()), default=-1)

    @property
    def samples(self) -> int:
        """Samples compared."""
        return sum(facts["samples"] for facts in self.datasets.values())


def newer_than(connection: Connection, signing: Signing, matching: Matching, state: State) -> int:
    """The largest id of the last run where all that changed since is that datasets were added; else -1.

    Only then are the pairs that stand those of a full run, because a bucket that grows at its end keeps its pairs.
    """
    row = connection.execute(
        'select parameters, signed, last_id from dedup_runs where "view" = ?', [signing.view]
    ).fetchone()
    if row is None:
        return -1
    before, signed, last_id = json.loads(row[0]), json.loads(row[1]), int(row[2])
    now = as_dict(signing, matching)
    if any(before.get(name) != now[name] for name in (*PAIR_PARAMETERS, *SIGNING_FIELDS)):
        return -1
    if any(state.datasets.get(dataset) != facts for dataset, facts in signed.items()):
        return -1
    added = [facts for dataset, facts in state.datasets.items() if dataset not in signed]
    return last_id if all(facts["first_id"] > last_id for facts in added) else -1


def last_run(connection: Connection, view: str) -> Any:
    """When the run was stored that the view's pairs come from; None where there is none."""
    row = connection.execute('select max(created) from dedup_runs where "view" = ?', [view]).fetchone()
    return row and row[0]


def commit(
    lake: Lake,
    view: str,
    parameters: dict[str, Any],
    *,
    state: State,
    pairs: Pairs,
    continues: Any,
    members: ClusterMembers,
    report: dict[str, Any],
) -> None:
    """Store the result of a run in place of the view's last one.

    - continues: the `last_run` whose pairs stand; None when all pairs were found anew.

    Raises ConflictError when datasets came, went or changed meanwhile, or another run took the place of that one.
    """
    files: list[tuple[Table, Path]] = []

    def work(connection: Connection) -> None:
        if State.read(connection) != state:
            raise ConflictError("Datasets changed while near-duplicates were sought.", hint="Run it again.")
        if continues is not None and last_run(connection, view) != continues:
            raise ConflictError(f"Another run of the view {view} was stored meanwhile.", hint="Run it again.")
        for table in ("near_duplicates", "dedup_runs", *(("near_duplicate_pairs",) if continues is None else ())):
            delete(connection, table, view=view)
        for table, path in files:
            lake.add_files(connection, table, [path])
        values = (parameters, state.datasets)
        connection.execute(
            "insert into dedup_runs values (?, ?, ?, ?, ?, now()::timestamp)",
            [view, *map(json.dumps, values), state.last_id, json.dumps(report)],
        )

    staged: list[Path] = []
    with discarded_on_failure(staged):
        for table, rows in ((NEAR_DUPLICATE_PAIRS, _pairs(pairs, state)), (NEAR_DUPLICATES, _members(members, state))):
            if rows.num_rows:
                path = lake.staging_file(table, view=view)
                staged.append(path)
                files.append((table, path))
                schema = pa.schema([table.arrow_schema.field(name) for name in rows.column_names])
                pq.write_table(rows.cast(schema), path, compression="zstd")
        lake.transact(
            work,
            message=f"near-duplicates of {view}: {len(members.samples):,} of {state.samples:,} samples",
            extra={"step": "dedup", "view": view, "threshold": parameters["threshold"]},
            staged=staged,
        )


def _pairs(pairs: Pairs, state: State) -> pa.Table:
    order = np.lexsort((pairs.right, pairs.left))
    left, right = pairs.left[order], pairs.right[order]
    by_text = pairs.estimate is not None and pairs.bands is not None
    unknown = pa.nulls(len(left))
    return pa.table(
        {
            "sample_id": left,
            "dataset": _names(left, state),
            "other_id": right,
            "other_dataset": _names(right, state),
            "jaccard": pairs.similarity[order] if by_text else unknown,
            "estimate": unknown if pairs.estimate is None else pairs.estimate[order],
            "shared_bands": unknown if pairs.bands is None else pairs.bands[order],
            "cosine": unknown if by_text else pairs.similarity[order],
        }
    )


def _members(members: ClusterMembers, state: State) -> pa.Table:
    return pa.table(
        {
            "sample_id": members.samples,
            "dataset": _names(members.samples, state),
            "cluster": members.clusters,
            "survivor_id": members.survivors,
            "survivor_dataset": _names(members.survivors, state),
            "similarity": pa.array(members.similarity, mask=np.isnan(members.similarity)),
            "reason": pa.DictionaryArray.from_arrays(members.reasons.astype(np.int32), list(REASONS)),
        }
    )


def _names(ids: Longs, state: State) -> pa.Array:
    """The dataset of each sample id: its upper 32 bits number the dataset."""
    numbers = np.array([facts["first_id"] // ROWS_PER_DATASET for facts in state.datasets.values()], dtype=np.int64)
    order = np.argsort(numbers)
    places = order[np.searchsorted(numbers[order], ids // ROWS_PER_DATASET)] if len(ids) else ids
    return pa.DictionaryArray.from_arrays(places.astype(np.int32), pa.array(list(state.datasets), pa.string()))


def stored_pairs(connection: Connection, view: str) -> tuple[Longs, Longs, npt.NDArray[np.float32]]:
    """The verified pairs of a view as the lake holds them."""
    found = connection.execute(
        'select sample_id, other_id, jaccard from near_duplicate_pairs where "view" = ?', [view]
    ).fetchnumpy()
    left, right = (np.asarray(found[name], dtype=np.int64) for name in ("sample_id", "other_id"))
    return left, right, np.asarray(found["jaccard"], dtype=np.float32)


def order_of_survivors(connection: Connection, linked: Longs, matching: Matching | EmbeddingComparison) -> Longs:
    """Samples of clusters, those that should survive first."""
    connection.register("linked", pa.table({"sample_id": linked}))
    sql = relation("survivor_order").sql
    values = {"prefer": list(matching.prefer), "axis": matching.axis}
    found = connection.execute(sql, values).fetchnumpy()["sample_id"]
    connection.unregister("linked")
    return np.asarray(found, dtype=np.int64)
