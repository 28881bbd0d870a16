"""What the licences of an export have to do with those of what its datasets come from."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from lake.catalog import Lake
from lake.errors import UsageError

_SHOWN = 3


def conflicts(lake: Lake, datasets: Collection[str]) -> list[dict[str, Any]]:
    """Where the licence of one of the datasets allows what that of an ancestor does not, as the lineage has it now."""
    rows = lake.query(
        "select dataset, license, ancestor, ancestor_license, term, evidence, problem from licence_conflicts "
        "where dataset in (select unnest(?::varchar[])) order by dataset, hops, ancestor, term",
        [list(datasets)],
    )
    return [dict(row) for row in rows.to_pylist()]


def told(conflict: Mapping[str, Any]) -> str:
    """A conflict in a line: the dataset, what is wrong, and by which evidence it has that ancestor."""
    return f"{conflict['dataset']}: {conflict['problem']} ({conflict['evidence']})"


def refused(what: str, found: Sequence[Mapping[str, Any]]) -> UsageError:
    """The error of an export whose licences are in conflict."""
    more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return UsageError(
        f"{what} has licences that allow what those further up do not: {'; '.join(map(told, found[:_SHOWN]))}{more}.",
        hint='See: oda sql "from licence_conflicts". --allow-licence-conflicts writes it knowingly; '
        "oda lineage review rejects an edge that is wrong.",
    )
