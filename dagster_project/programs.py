"""Programs that a step starts in processes of their own, through Pipes: what they say shows while they work."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import dagster as dg

from pipelines.launching import Launch, Told, launched


def through_pipes(context: dg.AssetExecutionContext) -> Launch:
    """Runs a program for a step: its log goes to the run, its other output to the compute logs of the step."""

    def launch(command: Sequence[str], environment: dict[str, str], told: Told) -> None:
        with dg.open_pipes_session(context, dg.PipesEnvContextInjector(), dg.PipesTempFileMessageReader()) as session:
            launched(command, {**environment, **session.get_bootstrap_env_vars()}, told, heard=sys.stderr.write)

    return launch
