"""What the licences of an export have to do with those of what its datasets come from."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from lake.catalog import Lake


def conflicts(lake: Lake, datasets: Collection[str]) -> list[dict[str, Any]]:
    """Where the licence of one of the datasets allows what that of an ancestor does not, as the lineage has it now."""
    rows = lake.query(
        "select dataset, license, ancestor, ancestor_license, term, evidence, problem from licence_conflicts "
        "where dataset in (select unnest(?::varchar[])) order by dataset, hops, ancestor, term",
        [list(datasets)],
    )
    return [dict(row) for row in rows.to_pylist()]
