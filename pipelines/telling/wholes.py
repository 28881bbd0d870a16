"""What is told of all datasets, and of all models, together."""

from __future__ import annotations

from lake.catalog import Lake
from pipelines.telling.shown import Facts, table

_KINDS = "select kind, count(*) as datasets, sum(rows)::bigint as samples from datasets group by all order by all"
_SCORED = "select count(*) as rows, count(distinct dataset) as datasets from scored_axes"
_LEAKS = (
    "select benchmark, count(*) as datasets, sum(rows_hit)::bigint as samples from contamination_summary "
    "group by benchmark order by samples desc, benchmark"
)
_FOUND = "select count(*) from contamination where verdict = 'contaminated'"
_EVALUATED = "select count(*), count(distinct run), count(distinct benchmark) from evaluations"


def of_all_samples(lake: Lake) -> Facts:
    """How many samples and datasets there are, by kind."""
    kinds = lake.query(_KINDS)
    return {
        "dagster/row_count": sum(kinds["samples"].to_pylist()),
        "datasets": sum(kinds["datasets"].to_pylist()),
        "snapshot": lake.snapshot,
        "kinds": table(kinds),
    }


def of_all_scored(lake: Lake) -> Facts:
    """How many samples of how many datasets have scores."""
    rows, datasets = lake.rows(_SCORED)[0]
    return {"dagster/row_count": rows, "datasets": datasets, "snapshot": lake.snapshot}


def of_all_contamination(lake: Lake) -> Facts:
    """Finds of benchmark items, and by benchmark how many datasets and samples hold some."""
    found = {"dagster/row_count": int(lake.rows(_FOUND)[0][0]), "snapshot": lake.snapshot}
    leaks = lake.query(_LEAKS)
    return found | ({"benchmarks": table(leaks)} if leaks.num_rows else {})


def of_all_evaluations(lake: Lake) -> Facts:
    """How many results there are, of how many models on how many benchmarks."""
    rows, models, benchmarks = lake.rows(_EVALUATED)[0]
    return {"dagster/row_count": rows, "models": models, "benchmarks": benchmarks, "snapshot": lake.snapshot}
