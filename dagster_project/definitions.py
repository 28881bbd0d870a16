"""Everything Dagster knows, found by walking `defs/`; nothing is registered by hand."""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from dagster_project.axes import left_out
from dagster_project.conventions import conventional
from dagster_project.executors import in_process_or_processes
from dagster_project.resources import LakeResource


@dg.definitions
def defs() -> dg.Definitions:
    """The assets, checks, sensors and jobs of `defs/`, over the lake of the settings."""
    found = dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
    found = found.map_asset_specs(func=conventional())
    shared = dg.Definitions(
        resources={"lake": LakeResource()},
        metadata=left_out(),
        executor=in_process_or_processes,
    )
    return dg.Definitions.merge(found, shared)
