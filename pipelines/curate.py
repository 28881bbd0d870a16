"""Slices: named, reproducible selections of samples, stored with query, parameters, snapshot, members and hash.

The members are what a slice is; the query says how they were found. `verify_slice` runs it again at its snapshot and
says whether the same members come out. What makes that hold is described in `pipelines.slicing.selection`.

A sample_id names a sample at one snapshot only: a dataset ingested again numbers its rows anew. So members are stored
with dataset and content; the view `slice_samples` finds them in the lake of today (`pipelines.slicing.whereabouts`).
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from lake.catalog import Connection, Lake
from lake.errors import OdaError, UnknownNameError, UsageError
from lake.identity import ROWS_PER_DATASET
from lake.names import validate_name
from lake.relations import keep, run
from lake.rows import delete
from lake.tables import SLICE_MEMBERS
from lake.transactions import reading
from pipelines.progress import Progress
from pipelines.slicing.held_items import ALLOW, LEAVE_OUT, REFUSE, guard
from pipelines.slicing.members import (
    EXAMPLES,
    MemberHash,
    check_chosen,
    chosen_members,
    load_members,
    slice_hash,
    staged_members,
    stored_members,
)
from pipelines.slicing.selection import load_query, materialise, named_query, prepare, restrict
from pipelines.slicing.strategies import pick
from pipelines.slicing.whereabouts import Whereabouts, require_contents, whereabouts


@dataclass(frozen=True)
class SliceReport:
    """What making a slice did: its members, where they come from, and what to know about the query."""

    slice: str
    rows: int
    snapshot: int
    hash: str
    parameters: dict[str, Any]
    datasets: dict[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    replaced: bool = False
    left_out: dict[str, int] = field(default_factory=dict)
    """Samples that were left out for what they have to do with benchmarks, by reason."""

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Slice:
    """A stored slice: its query, parameters, snapshot and hash; members are read with `slice_members`.

    - expired: its snapshot is gone, so that it cannot be verified any more; only `slices` says so.
    - recipe: recipe or file the query came from; None where it was given itself, or it is not known.
    - benchmarks: what was to be done about benchmark items: refuse, leave_out or allow; None where it is not known.
    """

    slice: str
    sql: str
    parameters: dict[str, Any]
    snapshot: int
    hash: str
    rows: int
    created: dt.datetime
    expired: bool = False
    recipe: str | None = None
    benchmarks: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON; the time as ISO text."""
        return {**asdict(self), "created": self.created.isoformat()}


@dataclass(frozen=True)
class SliceDifference:
    """What two slices have apart; a member is a content of a dataset.

    - shared: members in both; changed: those of them with another weight.
    - by_dataset: counts a dataset; rows: the first differences.
    """

    first: str
    second: str
    first_rows: int
    second_rows: int
    shared: int
    only_first: int
    only_second: int
    changed: int
    by_dataset: list[dict[str, Any]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class SliceCheck:
    """Whether a slice is what its query gives at its snapshot.

    - identical: the query gives the stored members, weights and reasons.
    - intact: the stored members are those that were stored, by hash, with the contents they had.
    - missing, added: examples of ids stored but not found again, and the reverse.
    - changed: examples of ids with another weight or reason.
    - today: where the members are in the lake of today.
    """

    slice: str
    snapshot: int
    identical: bool
    intact: bool
    rows: int
    rows_found: int
    today: Whereabouts
    missing: tuple[int, ...] = ()
    added: tuple[int, ...] = ()
    changed: tuple[int, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


def create_slice(
    lake: Lake,
    name: str,
    sql: str | Path,
    *,
    parameters: dict[str, Any] | None = None,
    replace: bool = False,
    at: int | None = None,
    benchmarks: str = REFUSE,
    recipe: str | None = None,
    progress: Progress | None = None,
) -> SliceReport:
    """Select samples with a query and keep them as a slice, in one commit.

    - sql: a select that gives `sample_id` and may give `weight` and `reason`; or a `.sql` file, or a recipe's name.
    - parameters: values for the parameters its header declares.
    - replace: put it in the place of a slice of that name.
    - at: the snapshot to read; the current one by default.
    - benchmarks: what to do where a sample is a benchmark item or holds one: refuse, leave_out or allow.
    - recipe: where a query given as a text comes from; a file or the name of a recipe is known by itself.
    - progress: of the strategy that some recipes pick with.

    Raises UsageError for a bad name, query, parameter, snapshot or member, and for benchmark items where they are
    refused; nothing is stored then.
    """
    validate_name("slice", name)
    of = f"slice {name!r}"
    selection = prepare(of, load_query(sql), parameters)
    came = recipe or named_query(sql)
    known = lake.rows("select count(*) from slices where slice = ?", [name])[0][0]
    if known and not replace:
        raise _exists(name)
    _no_dataset(lake.connection, name)
    snapshot = lake.snapshot if at is None else at
    with Lake.open(lake.settings, snapshot=snapshot) as past:
        remarks = pick(past, of, selection, progress=progress)
        restrict(past)
        materialise(past, of, selection)
        with reading(past.connection):
            check_chosen(past, of)
            held, left_out = guard(lake, past, "chosen", benchmarks, of=f"The {of}")
            datasets = {
                str(dataset): int(rows)
                for dataset, rows in past.rows(
                    "select d.dataset, count(*) from chosen as c "
                    f"join datasets as d on d.dataset_no = c.sample_id // {ROWS_PER_DATASET} group by 1 order by 1"
                )
            }
        with staged_members(lake, past, name) as (rows, members, staged):
            digest = slice_hash(selection, members)

            def store(connection: Connection) -> None:
                found = connection.execute("select 1 from slices where slice = ?", [name]).fetchone()
                if found and not replace:
                    raise _exists(name)
                _no_dataset(connection, name)
                _forget(connection, name)
                connection.execute(
                    "insert into slices by name select ? as slice, ? as sql, ?::json as parameters, ? as snapshot, "
                    "? as hash, ? as rows, ?::timestamp as created, ? as recipe, ? as benchmarks",
                    [name, selection.text, selection.parameters_json, snapshot, digest, rows, _now(), came, benchmarks],
                )
                lake.add_files(connection, SLICE_MEMBERS, staged)
                _store_exclusions(connection, name, left_out)

            verb = "replace" if known else "create"
            lake.transact(store, message=f"{verb} {of}: {rows:,} samples", staged=staged)
    warnings = (*selection.warnings, *remarks) if rows else (*selection.warnings, "the query selects no samples")
    if held.members and benchmarks == ALLOW:
        warnings = (*warnings, held.sentence("it"))
    values = json.loads(selection.parameters_json)
    reasons = held.reasons if left_out else {}
    return SliceReport(name, rows, snapshot, digest, values, datasets, warnings, bool(known), reasons)


def _store_exclusions(connection: Connection, name: str, left_out: list[dict[str, Any]]) -> None:
    if left_out:
        connection.register("left_out", pa.Table.from_pylist(left_out))
        connection.execute(
            "insert into slice_exclusions by name "
            "select ? as slice, * replace (content_id::uuid as content_id) from left_out",
            [name],
        )
        connection.unregister("left_out")


def slices(lake: Lake) -> list[Slice]:
    """Every slice, by name."""
    lost = {loss.name for loss in lake.losses() if loss.kind == "slice"}
    return [_slice(row, expired=row[0] in lost) for row in lake.rows(f"{_SLICE} order by slice")]


def get_slice(lake: Lake, name: str) -> Slice:
    """The slice of that name; raises UnknownNameError with close matches."""
    rows = lake.rows(f"{_SLICE} where slice = ?", [name])
    if not rows:
        raise UnknownNameError.of("slice", name, [str(row[0]) for row in lake.rows("select slice from slices")])
    return _slice(rows[0])


def slice_members(lake: Lake, name: str, *, limit: int | None = None) -> pa.Table:
    """The members of a slice by sample_id: columns sample_id, weight, reason; at most `limit` rows."""
    get_slice(lake, name)
    return lake.query(_MEMBERS + (" limit ?" if limit is not None else ""), [name] + ([] if limit is None else [limit]))


def slice_datasets(lake: Lake, name: str) -> dict[str, int]:
    """Members of a slice by the dataset they come from, most first; members of an older lake name none."""
    rows = lake.rows(
        "select dataset, count(*) from slice_members where slice = ? and dataset is not null "
        "group by 1 order by 2 desc, 1",
        [name],
    )
    return {str(dataset): int(count) for dataset, count in rows}


def slice_texts(lake: Lake, name: str, *, limit: int) -> pa.Table:
    """The first members of a slice with their texts: sample_id, dataset, weight, reason, instruction, response."""
    get_slice(lake, name)
    require_contents(lake.connection)
    return run(lake.connection, "member_texts", slice=name, rows=limit).to_arrow_table()


def compare_slices(lake: Lake, first: str, second: str, *, limit: int = 20) -> SliceDifference:
    """What two slices have apart, member by member; contents count, not the numbers they had.

    Raises UnknownNameError for a slice that is not there.
    """
    one, other = get_slice(lake, first), get_slice(lake, second)
    require_contents(lake.connection)
    keep(lake.connection, "slices_apart", "slice_difference", first=first, second=second)
    try:
        counts = dict(lake.rows("select place, count(*) from slices_apart group by place"))
        by_dataset = lake.query(
            "select dataset, count(*) filter (place = 'first') as only_first, count(*) filter (place = 'second') as "
            "only_second, count(*) filter (place = 'changed') as changed from slices_apart group by 1 order by 1"
        ).to_pylist()
        rows = lake.query("select * from slices_apart order by place, dataset, sample_id limit ?", [limit]).to_pylist()
    finally:
        lake.rows("drop table temp.slices_apart")
    only = counts.get("first", 0)
    return SliceDifference(
        first, second, one.rows, other.rows, one.rows - only, only, counts.get("second", 0), counts.get("changed", 0),
        by_dataset, rows,
    )  # fmt: skip


def baselines(
    lake: Lake, name: str, *, cost: str = "characters", seed: int = 42, benchmarks: str = LEAVE_OUT
) -> list[SliceReport]:
    """Make the slices that a selection has to beat: as much of all training samples at random, and of equal lengths.

    - cost: what is made equal: characters, or an axis such as token_length.
    - seed: of the draws.
    - benchmarks: what to do about benchmark items that are drawn; they are left out unless they are allowed.

    They are named NAME-random and NAME-length-matched and take the place of earlier ones.
    """
    get_slice(lake, name)
    parameters = {"slice": name, "cost": cost, "seed": seed}
    return [
        create_slice(lake, f"{name}-{ending}", recipe, parameters=parameters, replace=True, benchmarks=benchmarks)
        for ending, recipe in BASELINES.items()
    ]


BASELINES = {"random": "random_like", "length-matched": "length_matched"}
"""Endings of the names of slices that a selection has to beat, and their recipes."""


def drop_slice(lake: Lake, name: str) -> int:
    """Remove a slice and return how many members it had; older snapshots still hold it.

    Raises UnknownNameError where there is none.
    """
    rows = get_slice(lake, name).rows
    lake.transact(lambda connection: _forget(connection, name), message=f"drop slice {name!r}")
    return rows


def verify_slice(lake: Lake, name: str, *, progress: Progress | None = None) -> SliceCheck:
    """Run the query of a slice again at its snapshot and compare members, weights and reasons.

    Raises UsageError when the snapshot has expired: the members are still there, but cannot be derived again.
    """
    stored = get_slice(lake, name)
    today = whereabouts(lake, name)
    of = f"slice {name!r}"
    selection = prepare(of, stored.sql, stored.parameters)
    with _at_snapshot(lake, stored) as past:
        pick(past, of, selection, progress=progress)
        restrict(past)
        materialise(past, of, selection)
        left_out = lake.query("select sample_id from slice_exclusions where slice = ?", [name])
        past.connection.register("left_out", left_out)
        past.rows("delete from chosen where sample_id in (select sample_id from left_out)")
        past.connection.unregister("left_out")
        found = slice_hash(selection, MemberHash().read(chosen_members(past)))
        kept = slice_hash(selection, MemberHash().read(stored_members(lake, name)))
        load_members(past, "kept", stored_members(lake, name))
        misplaced = past.rows(
            "select count(*) from kept join samples using (sample_id) "
            "where (kept.dataset, kept.content_id) <> (samples.dataset, samples.content_id)"
        )[0][0]
        intact = kept == stored.hash and not misplaced
        if found == stored.hash and intact:
            return SliceCheck(name, stored.snapshot, True, True, stored.rows, stored.rows, today)
        differences = {
            "missing": "from kept anti join chosen using (sample_id)",
            "added": "from chosen anti join kept using (sample_id)",
            "changed": "from kept join chosen using (sample_id) where kept.weight is distinct from chosen.weight "
            "or kept.reason is distinct from chosen.reason",
        }
        examples = {
            kind: tuple(int(row[0]) for row in past.rows(f"select sample_id {sql} order by 1 limit {EXAMPLES}"))
            for kind, sql in differences.items()
        }
        rows_found = int(past.rows("select count(*) from chosen")[0][0])
    return SliceCheck(name, stored.snapshot, found == stored.hash, intact, stored.rows, rows_found, today, **examples)


_SLICE = "select slice, sql, parameters::varchar, snapshot, hash, rows, created, recipe, benchmarks from slices"
_MEMBERS = "select sample_id, weight, reason from slice_members where slice = ? order by sample_id"


def _slice(row: tuple[Any, ...], *, expired: bool = False) -> Slice:
    name, sql, parameters, snapshot, digest, rows, created, recipe, benchmarks = row
    values = json.loads(parameters or "{}")
    return Slice(name, sql, values, snapshot, digest, rows, created, expired, recipe, benchmarks)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


def _exists(name: str) -> UsageError:
    return UsageError(f"There is a slice {name!r} already.", hint="Replace it with --replace, or take another name.")


def _no_dataset(connection: Connection, name: str) -> None:
    if connection.execute("select 1 from datasets where dataset = ?", [name]).fetchone():
        raise UsageError(f"There is a dataset {name!r}; a slice needs another name.", hint=f"Try {name + '-slice'!r}.")


def _forget(connection: Connection, name: str) -> None:
    for table in ("slice_members", "slice_exclusions", "slices"):
        delete(connection, table, slice=name)


@contextlib.contextmanager
def _at_snapshot(lake: Lake, stored: Slice) -> Iterator[Lake]:
    try:
        past = Lake.open(lake.settings, snapshot=stored.snapshot)
    except OdaError:
        raise stale(lake, stored) from None
    with past:
        yield past


def stale(lake: Lake, stored: Slice) -> UsageError:
    """The error for a slice whose snapshot has expired, with what is left of it."""
    lost = whereabouts(lake, stored.slice).lost
    if lost:
        left = f"{stored.rows - lost:,} of its {stored.rows:,} members are still in the lake. {of_those_left(stored)}"
    else:
        left = f"All of its members are still in the lake: export it as it is now with --at {lake.snapshot}."
    return UsageError(f"Slice {stored.slice!r} was made at snapshot {stored.snapshot}, which has expired.", hint=left)


def of_those_left(stored: Slice) -> str:
    """How to go on with the members that are still there."""
    query = f"select sample_id, weight, reason from slice_samples where slice = '{stored.slice}'"
    return f'Make a slice of those: oda slice create NAME --sql "{query}"'
