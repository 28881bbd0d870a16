"""Configs of assets accept what the options of the command accept, and a run with anything else fails by name."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pytest
from pydantic import ValidationError

from dagster_project.defs.exports.assets import ExportConfig
from dagster_project.defs.near_duplicates.assets import NearDuplicatesConfig
from dagster_project.defs.slices.assets import SliceConfig
from dagster_project.defs.training.assets import EvaluateConfig
from dagster_project.resources import LakeResource
from dagster_project.sources import SourceConfig


@pytest.mark.parametrize(
    ("config", "given", "said"),
    [
        (NearDuplicatesConfig, {"view": "nosuch"}, "Unknown view 'nosuch'"),
        (NearDuplicatesConfig, {"threshold": -1.0}, "-1.0 is not a number from 0.3 to 1"),
        (NearDuplicatesConfig, {"threshold": float("nan")}, "nan is not a number from 0.3 to 1"),
        (NearDuplicatesConfig, {"clusters": "tree"}, "Unknown way to cluster 'tree'"),
        (ExportConfig, {"to": "nosuch"}, "Unknown export format 'nosuch'"),
        (ExportConfig, {"out": "\x00"}, "is not a text"),
        (SliceConfig, {"sql": " "}, "is not a query"),
        (ExportConfig, {"reasoning": " "}, "is not a text"),
        (EvaluateConfig, {"engine": "nosuch"}, "Unknown engine 'nosuch'"),
        (EvaluateConfig, {"repeats": 0}, "0 is not a whole number from 1"),
        (SourceConfig, {"kind": "nosuch"}, "Unknown kind of dataset 'nosuch'"),
        (SourceConfig, {"source": "\udcff"}, "is not a file, a folder, a glob"),
    ],
)
def test_a_wrong_value_is_refused(config: Any, given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said.replace("(", r"\(")):
        config(**given)


def test_every_text_and_number_of_a_config_has_a_kind() -> None:
    from lake.kinds import Kind

    lacking = {
        f"{config.__name__}.{name}"
        for config in (NearDuplicatesConfig, ExportConfig, SliceConfig, SourceConfig, EvaluateConfig)
        for name, field in config.model_fields.items()
        if field.annotation is not bool and not any(isinstance(extra, Kind) for extra in field.metadata)
    }
    # Free: checked against query and formats, and against what there is.
    assert lacking == {"SliceConfig.parameters", "SourceConfig.mapping", "EvaluateConfig.benchmarks"}


def test_every_field_of_every_launchpad_says_what_it_is(definitions: dg.Definitions) -> None:
    silent = []
    for key in definitions.resolve_asset_graph().materializable_asset_keys:
        op = definitions.resolve_assets_def(key).op
        config = op.config_schema.config_type
        for name, field in getattr(config, "fields", {}).items():
            if not field.description:
                silent.append(f"{op.name}.{name}")
    assert silent == []
    assert LakeResource.model_fields == {}  # no run can write another lake under these partitions


def test_a_run_with_a_wrong_value_fails_and_says_which(definitions: dg.Definitions, home: Any) -> None:
    job = definitions.resolve_implicit_global_asset_job_def()
    config = {"ops": {"near_duplicates": {"config": {"view": "nosuch"}}}}
    with dg.DagsterInstance.ephemeral() as instance:
        run = job.execute_in_process(
            instance=instance,
            raise_on_error=False,
            asset_selection=[dg.AssetKey("near_duplicates")],
            run_config={**config, "loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
        assert not run.success
        (failure,) = [event for event in run.all_node_events if event.is_step_failure]
        told = str(failure.step_failure_data.error)
        assert "Unknown view 'nosuch'" in told
        assert "sample, instruction, response" in told or "Available (4): instruction, meaning" in told
