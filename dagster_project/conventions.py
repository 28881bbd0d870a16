"""What every asset says in the places where Dagster looks for it: owner, table, columns, address, code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dagster as dg

from lake.settings import Settings
from lake.tables import TABLES
from lake.tables.schema import Table

OWNER = "team:oda-lake"

_RELATIONS = {"scored": "scored_axes", "dataset_scores": "dataset_scores", "scores": "scores"}
"""Relations whose name is not that of the asset, or of which an asset is a part."""


def conventional() -> Callable[[dg.AssetSpec], dg.AssetSpec]:
    """Gives an asset its owner, and the relation of the lake that holds its rows."""
    address = Settings.load().catalog_address.shown
    tables = {table.name: table for table in TABLES}

    def told(spec: dg.AssetSpec) -> dg.AssetSpec:
        name = spec.key.path[0]
        table = tables.get(_RELATIONS.get(name, name))
        return spec.replace_attributes(owners=[OWNER]).merge_attributes(
            metadata=_of_table(spec, table, address) if table else {}
        )

    return told


def _of_table(spec: dg.AssetSpec, table: Table, address: str) -> dict[str, Any]:
    said: dict[str, Any] = {"dagster/uri": f"{address}#{table.name}", "dagster/table_name": f"lake.{table.name}"}
    if len(spec.key.path) > 1:
        return said
    columns = [dg.TableColumn(each.name, type=each.type, description=each.comment) for each in table.columns]
    if table.name == "scored_axes":
        axes = sorted(dep.asset_key for dep in spec.deps)
        columns += [dg.TableColumn(key.path[-1], type="DOUBLE") for key in axes]
        said["dagster/column_lineage"] = dg.TableColumnLineage(
            {key.path[-1]: [dg.TableColumnDep(key, "value")] for key in axes}
        )
    return said | {"dagster/column_schema": dg.TableSchema(columns)}
