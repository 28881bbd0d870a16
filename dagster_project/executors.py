"""Where the steps of a run are computed: in its own process, or in one each where a run's config says so."""

from __future__ import annotations

from typing import Any

import dagster as dg

_AFTER_OUTPUTS = {"require_upstream_step_success": False}
"""A step that failed for some partitions has said so and given its outputs for the others: what follows goes on."""


@dg.configured(
    dg.multi_or_in_process_executor,
    config_schema=dg.Field(
        dg.Selector(  # type: ignore[no-untyped-call]
            {
                "in_process": dg.Field({}, description="One after the other in the process of the run."),
                "processes": dg.Field(
                    {
                        "max_concurrent": dg.Field(
                            int, default_value=2, description="Steps at once; each uses every core by itself."
                        )
                    },
                    description="A process for each step: start and imports take seconds, its memory is given back.",
                ),
            }
        ),
        default_value={"in_process": {}},
        description="Where steps are computed.",
    ),
)
def in_process_or_processes(config: dict[str, Any]) -> dict[str, Any]:
    """The executor of every job; in the run's own process unless its config says `processes`."""
    ((kind, given),) = config.items()
    return {
        "in_process" if kind == "in_process" else "multiprocess": {**given, "step_dependency_config": _AFTER_OUTPUTS}
    }
