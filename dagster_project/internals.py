"""What is taken from Dagster's private modules, all of it here; pyproject.toml keeps to the minor version that has it.

Its public interface gives all partitions of a run one metadata, one version and one outcome. Events of single
partitions, their checks and the tags from which Dagster tells what is stale are made of these.
"""

from __future__ import annotations

from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluationTargetMaterializationData
from dagster._core.definitions.data_version import (
    CODE_VERSION_TAG,
    DATA_VERSION_IS_USER_PROVIDED_TAG,
    DATA_VERSION_TAG,
    get_input_data_version_tag,
    get_input_event_pointer_tag,
)
from dagster._core.events import StepMaterializationData
from dagster._core.execution.plan.outputs import StepOutputData, StepOutputHandle

__all__ = [
    "CODE_VERSION_TAG",
    "DATA_VERSION_IS_USER_PROVIDED_TAG",
    "DATA_VERSION_TAG",
    "AssetCheckEvaluationTargetMaterializationData",
    "StepMaterializationData",
    "StepOutputData",
    "StepOutputHandle",
    "get_input_data_version_tag",
    "get_input_event_pointer_tag",
]
