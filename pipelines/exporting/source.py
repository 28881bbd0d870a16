"""What an export reads: a slice or a dataset at one snapshot, as batches of samples with their scores."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from lake.catalog import Lake
from lake.errors import OdaError, UnknownNameError, UsageError
from lake.exports.base import MEMBER_COLUMNS, OPTIONAL_FIELDS, SAMPLE_COLUMNS, Info, MeasuredAxis
from lake.identity import ROWS_PER_DATASET
from lake.relations import quote, run
from lake.transactions import reading
from pipelines.calibrating.states import state_of, states
from pipelines.curate import Slice, get_slice, of_those_left, stale
from pipelines.slicing.held_items import ALLOW, guard
from pipelines.slicing.members import load_members, stored_members
from pipelines.slicing.whereabouts import EXAMPLES, find_members

BATCH_ROWS = 2048
"""Rows read at once: DuckDB's own vector size, so that long texts do not add up."""

WINDOW_BYTES = 32 * 1024 * 1024
"""Text sorted at once: as much as a row group of an ingested file holds, so few are read twice."""


@dataclass(frozen=True)
class Subject:
    """What is exported: a slice or a dataset, and the snapshot to read it at."""

    name: str
    snapshot: int
    slice: Slice | None = None

    @property
    def kind(self) -> str:
        """`slice` or `dataset`."""
        return "dataset" if self.slice is None else "slice"


def find_subject(lake: Lake, name: str, at: int | None) -> Subject:
    """The slice or dataset of that name; `slice:NAME` and `dataset:NAME` say which.

    A slice is read at the snapshot it was made at unless `at` says otherwise, a dataset at the current one.
    Raises UnknownNameError where there is neither and UsageError where there are both.
    """
    prefix, colon, bare = name.partition(":")
    if not colon or prefix not in ("slice", "dataset"):
        prefix, bare = "", name
    slices = {str(row[0]) for row in lake.rows("select slice from slices")} if prefix != "dataset" else set()
    datasets = {str(row[0]) for row in lake.rows("select dataset from datasets")} if prefix != "slice" else set()
    if bare in slices and bare in datasets:
        raise UsageError(
            f"There are a slice and a dataset {bare!r}.", hint=f"Say which: slice:{bare} or dataset:{bare}."
        )
    if bare in slices:
        found = get_slice(lake, bare)
        return Subject(bare, found.snapshot if at is None else at, found)
    if bare not in datasets and not (at is not None and prefix != "slice"):
        raise UnknownNameError.of(prefix or "slice or dataset", bare, slices | datasets)
    return Subject(bare, lake.snapshot if at is None else at)


@contextlib.contextmanager
def opened(lake: Lake, subject: Subject, benchmarks: str = ALLOW) -> Iterator[tuple[Info, pa.RecordBatchReader]]:
    """What there is to export, and the samples by sample_id in batches.

    Samples are read in windows of WINDOW_BYTES of text, each sorted by itself: sorting a whole dataset with its texts
    would need its size in memory. Raises UsageError when the snapshot has expired, when the content of members is not
    there, when there is nothing to export, or when it holds benchmark items and those are refused.
    """
    try:
        past = Lake.open(lake.settings, snapshot=subject.snapshot)
    except OdaError:
        if subject.slice is not None and subject.snapshot == subject.slice.snapshot:
            raise stale(lake, subject.slice) from None
        raise
    with past:
        _load_members(lake, past, subject)
        with reading(past.connection):
            _check(past, subject, int(past.rows("select count(*) from members")[0][0]))
            _, left_out = guard(lake, past, "members", benchmarks, of=f"The {subject.kind} {subject.name!r}")
            sources = past.query(
                "select datasets.dataset, license, domains, source, revision, count(*) as rows "
                f"from members join datasets on dataset_no = sample_id // {ROWS_PER_DATASET} "
                "group by all order by min(dataset_no)"
            ).to_pylist()
            windows = {str(one["dataset"]): _windows(past, str(one["dataset"])) for one in sources}
            if not windows:
                left = f"all of the {subject.kind} {subject.name!r} was left out"
                raise UsageError(f"There is nothing to export: {left}.")
            info = replace(_info(past, subject, sources, windows), left_out=tuple(left_out))
        yield info, _reader(past, info, windows)


def query_of(info: Info) -> dict[str, Any] | None:
    """What a manifest says of the query of a slice; parameters as plain values."""
    return None if info.query is None else json.loads(json.dumps(dict(info.query), default=str))


def _load_members(lake: Lake, past: Lake, subject: Subject) -> None:
    """Make the temporary table `members` (sample_id, weight, reason) of what to export."""
    if subject.slice is not None:
        # The same relation at any snapshot: members are found by content, whatever number their samples have there.
        load_members(past, "slice_members", stored_members(lake, subject.name))
        find_members(past.connection, table="members")
        return
    if not past.rows("select 1 from datasets where dataset = ?", [subject.name]):
        known = [str(row[0]) for row in past.rows("select dataset from datasets")]
        raise UnknownNameError.of(f"dataset at snapshot {subject.snapshot}", subject.name, known)
    past.rows(
        "create temp table members as select sample_id, 1.0::double as weight, null::varchar as reason "
        "from samples where dataset = ?",
        [subject.name],
    )


def _windows(past: Lake, dataset: str) -> list[dict[str, Any]]:
    found = run(past.connection, "export_windows", dataset=dataset, bytes=WINDOW_BYTES).to_arrow_table()
    return [dict(window) for window in found.to_pylist()]


def _reader(past: Lake, info: Info, windows: Mapping[str, Sequence[Mapping[str, Any]]]) -> pa.RecordBatchReader:
    columns = ", ".join(_column(name) for name in info.columns)
    query = (
        f"select {columns} from scored join (from members where sample_id between $first and $last) as members "
        "using (sample_id) where dataset = $dataset and sample_id between $first and $last order by sample_id"
    )

    def read(dataset: str, first: int, last: int) -> pa.RecordBatchReader:
        values = {"dataset": dataset, "first": first, "last": last}
        return past.connection.execute(query, values).to_arrow_reader(BATCH_ROWS)

    def batches() -> Iterator[pa.RecordBatch]:
        for dataset, runs in windows.items():
            for window in runs:
                yield from read(dataset, window["first_id"], window["last_id"])

    return pa.RecordBatchReader.from_batches(read("", 0, 0).schema, batches())


_TEXTS = frozenset({"content_id", "instruction_id", "messages", "meta"})


def _column(name: str) -> str:
    if name in _TEXTS:
        return f"{name}::varchar as {name}"
    if name in SAMPLE_COLUMNS or name in MEMBER_COLUMNS:
        return name
    axis = quote(name)
    return f"case when isfinite({axis}) then {axis} end as {axis}"


def _check(past: Lake, subject: Subject, found: int) -> None:
    place = f"{subject.kind} {subject.name!r} at snapshot {subject.snapshot}"
    if subject.slice is not None:
        members = past.rows("select count(*) from temp.slice_members")[0][0]
        if found != members:
            lost = past.rows(
                "select sample_id from temp.slice_members as m anti join members on members.member_id = m.sample_id "
                f"order by 1 limit {EXAMPLES}"
            )
            ids = ", ".join(str(row[0]) for row in lost)
            raise UsageError(
                f"{members - found:,} of {members:,} members of {place} are not in the lake: {ids}.",
                hint=f"Export it at the snapshot it was made at. {of_those_left(subject.slice)}",
            )
    if not found:
        raise UsageError(f"There is nothing to export: the {place} has no samples.")


def _info(
    past: Lake, subject: Subject, sources: list[dict[str, Any]], windows: Mapping[str, Sequence[Mapping[str, Any]]]
) -> Info:
    axes = _axes(past, [str(one["dataset"]) for one in sources])
    every = [window for runs in windows.values() for window in runs]
    counts = {name: sum(int(window[name]) for window in every) for name in OPTIONAL_FIELDS if name != "scores"}
    counts["scores"] = max((axis.n for axis in axes), default=0)
    query = None
    if subject.slice is not None:
        made = subject.slice
        query = {"sql": made.sql, "parameters": made.parameters, "hash": made.hash, "snapshot": made.snapshot}
    return Info(
        subject=subject.name,
        kind=subject.kind,
        snapshot=subject.snapshot,
        rows=sum(int(window["rows"]) for window in every),
        sources=tuple(sources),
        axes=axes,
        counts=counts,
        weighted=bool(past.rows("select 1 from members where weight <> 1 limit 1")),
        query=query,
    )


def _axes(past: Lake, datasets: Sequence[str]) -> tuple[MeasuredAxis, ...]:
    """The axes with a value for some sample exported; the others would be columns of nothing."""
    described = past.rows("describe scored_axes")
    names = [str(row[0]) for row in described if str(row[0]) not in ("sample_id", "dataset")]
    if not names:
        return ()
    finite = [f"case when isfinite({quote(name)}) then {quote(name)}::double end" for name in names]
    measures = ", ".join(f"count({value}), quantile_cont({value}, [0.05, 0.95])" for value in finite)
    row = past.rows(f"select {measures} from scored_axes join members using (sample_id)")[0]
    versions: dict[str, set[str]] = {}
    for axis, version in past.rows("select distinct axis, scorer_version from scores where dataset in ?", [datasets]):
        versions.setdefault(axis, set()).add(version)
    known = states(past)
    return tuple(
        MeasuredAxis(
            name=name,
            scorer_version=", ".join(sorted(versions.get(name, ()))) or None,
            n=n,
            p05=quantiles and quantiles[0],
            p95=quantiles and quantiles[1],
            calibration=state_of(known, name, versions.get(name, ())),
        )
        for name, n, quantiles in zip(names, row[::2], row[1::2], strict=True)
        if n
    )
