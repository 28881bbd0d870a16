"""What every asset says in the places where Dagster looks for it: owner, table, columns, address, code."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg

from lake.relations import catalogue
from lake.settings import Settings
from lake.tables import TABLES
from lake.tables.schema import Table

OWNER = "team:oda-lake"

CODE = "dagster/code_references"

_RELATIONS = {
    "all_contamination": "contamination",
    "all_evaluations": "evaluations",
    "all_samples": "samples",
    "all_scored": "scored",
    "dataset_lineage": "lineage_edges",
    "scored": "scored_axes",
    "trainings": "training_runs",
}
"""Relations whose name is not that of the asset, nor the first part of it."""


def conventional() -> Callable[[dg.AssetSpec], dg.AssetSpec]:
    """Gives an asset its owner, and the relation of the lake that holds its rows or is what it tells of."""
    address = Settings.load().catalog_address.shown
    tables = {table.name: table for table in TABLES}
    views = {relation.name for relation in catalogue().values() if relation.subject == "views"}

    def told(spec: dg.AssetSpec) -> dg.AssetSpec:
        name = _RELATIONS.get(spec.key.path[0], spec.key.path[0])
        said: dict[str, Any] = {}
        if name in tables or name in views:
            said = {"dagster/uri": f"{address}#{name}", "dagster/table_name": f"lake.{name}"}
        if name in tables:
            said |= _columns(spec, tables[name])
        return spec.replace_attributes(owners=[OWNER]).merge_attributes(metadata=said)

    return told


def with_code(asset: dg.AssetsDefinition) -> dg.AssetsDefinition:
    """The asset with the function that makes it, which the UI offers to open, where nothing says another place."""
    if all(CODE in spec.metadata for spec in asset.specs):
        return asset
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)
        (found,) = dg.with_source_code_references([asset])
    assert isinstance(found, dg.AssetsDefinition)
    return found


def stands_in(path: Path | str) -> dict[str, Any]:
    """The file in which an asset is declared, as metadata."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)
        reference = dg.LocalFileCodeReference(file_path=str(path))
        return {CODE: dg.CodeReferencesMetadataValue(code_references=[reference])}


def _columns(spec: dg.AssetSpec, table: Table) -> dict[str, Any]:
    """The columns of a stored relation; of the wide table those of the axes too, and where they come from."""
    columns = [dg.TableColumn(each.name, type=each.type, description=each.comment) for each in table.columns]
    if table.name != "scored_axes":
        return {"dagster/column_schema": dg.TableSchema(columns)}
    axes = sorted(dep.asset_key for dep in spec.deps)
    columns += [dg.TableColumn(key.path[-1], type="DOUBLE") for key in axes]
    lineage = {key.path[-1]: [dg.TableColumnDep(key, "value")] for key in axes}
    return {
        "dagster/column_schema": dg.TableSchema(columns),
        "dagster/column_lineage": dg.TableColumnLineage(lineage),
    }
