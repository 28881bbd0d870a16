"""Candidates: samples that share a band of their signatures, found by SQL band after band."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lake.catalog import Connection, Lake
from lake.relations import insert, keep, show
from lake.rows import drop
from pipelines.deduping.parameters import Matching, Signing, banding
from pipelines.progress import Progress

Longs = npt.NDArray[np.int64]

_HOT_SHOWN = 20
_HELD = 1_000_000
_KEYS = 3_000_000
"""Band keys grouped at once: many bands of a small lake, one of a large lake."""


@dataclass(frozen=True)
class HotBucket:
    """A band key of so many samples that not all pairs were compared.

    - band: its number; members: samples that share it; compared, left_out: pairs; example: the first of the samples.
    """

    band: int
    members: int
    compared: int
    left_out: int
    example: int


@dataclass(frozen=True)
class Candidates:
    """Distinct pairs to verify, the earlier sample first, and the buckets that were cut."""

    left: Longs
    right: Longs
    hot: tuple[HotBucket, ...]


def view_signatures(connection: Connection, signing: Signing) -> None:
    """Make the temporary view `compared`: the signatures that take part."""
    show(connection, "compared", "comparable_signatures", view=signing.view, parameters=signing.key)


def load_copies(connection: Connection) -> int:
    """Fill the temporary table `copies` (sample_id, leader_id) with exact duplicates; returns how many."""
    keep(connection, "copies", "exact_copies")
    return int((connection.execute("select count(*) from copies").fetchone() or (0,))[0])


def band_key(band: int, rows: int) -> str:
    """SQL over `signatures` for the key of a band: its bytes, cut from the lanes they lie in."""
    parts, place, end = [], band * rows, (band + 1) * rows
    while place < end:
        lane, byte = divmod(place, 8)
        width = min(end - place, 8 - byte)
        column = f"lane_{lane:02}"
        mask = (1 << (8 * width)) - 1
        # Shifting a negative number right keeps its sign; the mask takes off what that drags in.
        parts.append(column if width == 8 else f"((({column} >> {8 * byte})) & {mask})")
        place += width
    return parts[0] if len(parts) == 1 else f"hash({', '.join(parts)})"


def find_candidates(
    lake: Lake, signing: Signing, matching: Matching, progress: Progress, *, newer_than: int = -1
) -> Candidates:
    """Pairs that share a band, exact copies and short texts left out; only those with a sample newer than an id."""
    connection = lake.connection
    bands, rows = banding(matching.threshold, signing.permutations)
    progress.start("candidates", bands, "bands")
    connection.execute("create or replace temp table band_pairs (sample_id bigint, other_id bigint)")
    count = _load_eligible(connection, matching)
    hot: list[HotBucket] = []
    each = max(1, _KEYS // max(1, count))
    for first in range(0, bands, each):
        chosen = range(first, min(first + each, bands))
        _view_bands(connection, {band: band_key(band, rows) for band in chosen}, newest=newer_than >= 0)
        keep(connection, "buckets", "shared_buckets", newer_than=newer_than)
        hot += _hot(connection, matching)
        insert(
            connection,
            "band_pairs",
            "bucket_pairs",
            newer_than=newer_than,
            complete=matching.complete,
            hubs=matching.hubs,
        )
        progress.advance(len(chosen))
    found = connection.execute("select distinct sample_id, other_id from band_pairs").fetchnumpy()
    drop(connection, "band_pairs", "buckets")
    connection.execute(f"drop {_kind(connection)} temp.eligible")
    progress.finish()
    hot.sort(key=lambda bucket: (-bucket.members, bucket.band))
    return Candidates(_longs(found["sample_id"]), _longs(found["other_id"]), tuple(hot[:_HOT_SHOWN]))


def _load_eligible(connection: Connection, matching: Matching) -> int:
    """Make `eligible`: what is compared by bands; returns about how many.

    A few are copied, so that bands do not open files again.
    """
    connection.execute(f"drop {_kind(connection)} if exists temp.eligible")
    count = connection.execute("select count(*) from compared").fetchone() or (0,)
    connection.execute(
        f"create temp {'table' if count[0] <= _HELD else 'view'} eligible as "
        "select sample_id, columns('lane_.*') from compared anti join copies using (sample_id) "
        f"where shingles >= {int(matching.minimum)}"
    )
    return int(count[0])


def _view_bands(connection: Connection, keys: dict[int, str], *, newest: bool) -> None:
    """Make `banded`, a row per sample and band, and `band_keys`, a row per band and key.

    Keys are grouped band by band, which costs half of grouping by band and key; the newest sample of a key is only
    looked for where it is asked for.
    """
    last = "max(sample_id)" if newest else str(2**63 - 1)
    rows = (f"select sample_id, {band} as band, {key} as key from eligible" for band, key in keys.items())
    groups = (
        f"select {band} as band, {key} as key, count(*) as members, {last} as last_id from eligible group by {key}"
        for band, key in keys.items()
    )
    connection.execute(f"create or replace temp view banded as {' union all '.join(rows)}")
    connection.execute(f"create or replace temp view band_keys as {' union all '.join(groups)}")


def _kind(connection: Connection) -> str:
    found = connection.execute("select 1 from duckdb_views() where view_name = 'eligible' and temporary").fetchone()
    return "view" if found else "table"


def _hot(connection: Connection, matching: Matching) -> list[HotBucket]:
    found = connection.execute(
        "select band, members, min(sample_id) from buckets join banded using (band, key) where members > $complete "
        f"group by band, key, members order by members desc, band limit {_HOT_SHOWN}",
        {"complete": matching.complete},
    ).fetchall()
    buckets = []
    for band, members, example in found:
        inside = min(members, matching.complete)
        pairs = inside * (inside - 1) // 2 + matching.hubs * (members - inside)
        buckets.append(HotBucket(band, members, pairs, members * (members - 1) // 2 - pairs, example))
    return buckets


def _longs(column: Any) -> Longs:
    return np.ascontiguousarray(np.asarray(column), dtype=np.int64)
