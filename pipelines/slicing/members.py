"""The members of a slice on their way: those a query chose and those that are stored, counted, hashed, staged."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lake.catalog import Lake
from lake.errors import UsageError
from lake.staging import discarded_on_failure
from lake.tables import SLICE_MEMBERS
from pipelines.slicing.selection import Selection
from pipelines.slicing.whereabouts import require_contents

EXAMPLES = 5
"""Ids that an error or a check names."""

_BATCH_ROWS = 65_536
_STORED = (
    "select sample_id, weight, reason, slice, dataset, content_id from slice_members where slice = ? order by sample_id"
)


def stored_members(lake: Lake, name: str) -> pa.RecordBatchReader:
    """The members of a slice by sample_id, in batches: sample_id, weight, reason, slice, dataset, content_id."""
    require_contents(lake.connection)
    return lake.connection.execute(_STORED, [name]).to_arrow_reader(_BATCH_ROWS)


def load_members(lake: Lake, table: str, members: pa.RecordBatchReader) -> None:
    """Copy members into a temporary table of another connection; memory stays bounded."""
    lake.connection.register("arriving_members", members)
    try:
        lake.rows(
            f"create or replace temp table {table} as "
            "select * replace (content_id::uuid as content_id) from arriving_members"
        )
    finally:
        lake.connection.unregister("arriving_members")


def chosen_members(past: Lake) -> pa.RecordBatchReader:
    """The rows of the temporary table `chosen` by sample_id, in batches, with dataset and content."""
    return past.connection.execute(
        "select chosen.sample_id, weight, reason, dataset, content_id::blob as content_id "
        "from chosen left join samples using (sample_id) order by chosen.sample_id"
    ).to_arrow_reader(_BATCH_ROWS)


class MemberHash:
    """Counts and hashes members as they pass; the result does not depend on how they are cut into batches."""

    def __init__(self) -> None:
        self.rows = 0
        self._columns = [hashlib.sha256() for _ in range(4)]

    def see(self, batch: pa.RecordBatch) -> None:
        """Take in a batch that begins with sample_id, weight, reason."""
        ids, weights, reasons = batch.column(0), batch.column(1), batch.column(2).cast(pa.binary())
        lengths = pc.fill_null(pc.binary_length(reasons), -1)  # tells NULL from the empty text
        self.rows += batch.num_rows
        self._columns[0].update(ids.to_numpy(zero_copy_only=False).astype("<i8").tobytes())
        self._columns[1].update(weights.to_numpy(zero_copy_only=False).astype("<f8").tobytes())
        self._columns[2].update(lengths.to_numpy(zero_copy_only=False).astype("<i4").tobytes())
        self._columns[3].update(b"".join(reasons.drop_null().to_pylist()))

    def read(self, reader: pa.RecordBatchReader) -> MemberHash:
        """Take in everything a reader gives."""
        for batch in reader:
            self.see(batch)
        return self

    def digest(self) -> str:
        """All columns so far, as one text."""
        return ":".join(column.hexdigest() for column in self._columns)


def slice_hash(selection: Selection, members: MemberHash) -> str:
    """SHA-256 of query, parameters and members with weights and reasons, in order of sample_id."""
    parts = [selection.text, selection.parameters_json, str(members.rows), members.digest()]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@contextlib.contextmanager
def staged_members(lake: Lake, past: Lake, name: str) -> Iterator[tuple[int, MemberHash, list[Path]]]:
    """Write the chosen members to a staged file for the block to commit."""
    members = MemberHash()
    staged = lake.staging_file(SLICE_MEMBERS, slice=name)
    schema = SLICE_MEMBERS.arrow_schema
    with discarded_on_failure([staged]):
        with pq.ParquetWriter(staged, schema, compression="zstd") as writer:
            for batch in chosen_members(past):
                members.see(batch)
                names = pa.array([name] * batch.num_rows, pa.string())
                contents = pa.ExtensionArray.from_storage(pa.uuid(), batch.column(4).cast(pa.binary(16)))
                writer.write_batch(pa.record_batch([names, *batch.columns[:4], contents], schema=schema))
        yield members.rows, members, [staged] if members.rows else []
    if not members.rows:
        staged.unlink(missing_ok=True)


def check_chosen(past: Lake, of: str) -> None:
    """Raise UsageError where what a query chose cannot be members: ids of no sample, repeated ids, bad weights."""
    checks = {
        "gives no sample_id (NULL) in {n} rows": "from chosen where sample_id is null",
        "gives these sample_ids more than once, {n} in all": "from (select sample_id from chosen group by all "
        "having count(*) > 1)",
        "gives {n} sample_ids that no sample has": "from chosen anti join samples using (sample_id)",
        "gives {n} weights that are NULL, negative or not finite": "from chosen where weight is null or weight < 0 "
        "or not isfinite(weight)",
    }
    (counts,) = past.rows("select " + ", ".join(f"(select count(*) {rows})" for rows in checks.values()))
    for (problem, rows), count in zip(checks.items(), counts, strict=True):
        if not count:
            continue
        examples = past.rows(f"select sample_id {rows} order by 1 limit {EXAMPLES}")
        ids = ", ".join(str(row[0]) for row in examples if row[0] is not None)
        raise UsageError(
            f"The query of {of} {problem.format(n=f'{count:,}')}{f': {ids}' if ids else ''}.",
            hint="Give each sample once: group by sample_id, or check the joins."
            if "more than once" in problem
            else "",
        )
