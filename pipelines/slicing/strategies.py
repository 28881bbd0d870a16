"""Selections that SQL cannot make: a query that begins with `-- strategy: NAME` reads what the strategy picked.

The strategy leaves the temporary table `picked` (sample_id, place, worth, spent) before the query runs; name
and parameters stand in the query's header, so a slice is made again from what is stored of it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lake.catalog import Lake
from lake.errors import UnknownNameError, UsageError
from lake.relations import keep, run
from pipelines.embedding.unit import unit_vectors
from pipelines.progress import Progress, Silent
from pipelines.slicing.diverse import Picked, facility_location, k_center
from pipelines.slicing.selection import Selection

K_CENTER = "k_center"
STRATEGIES = (K_CENTER, "facility_location")

LAZY_ROWS = 20_000
"""Samples up to which facility location looks at every candidate; beyond, at some that are drawn for each pick."""

_DEFAULTS: dict[str, Any] = {
    "model": "*", "budget": 1000, "cost": "samples", "datasets": "*", "within": "*", "seed": 42, "ground": 10_000,
}  # fmt: skip
_PICKED = "sample_id bigint, place bigint, worth double, spent double"


def pick(lake: Lake, of: str, selection: Selection, *, progress: Progress | None = None) -> tuple[str, ...]:
    """Leave what a query's strategy picks as the temporary table `picked`; returns what to know about it.

    Vectors are read once, into a file of the scratch folder, and stay out of memory where they do not fit.

    Raises UnknownNameError for a strategy or model that is not there, UsageError where nothing is embedded.
    """
    if not selection.strategy:
        return ()
    if selection.strategy not in STRATEGIES:
        raise UnknownNameError.of("strategy", selection.strategy, STRATEGIES)
    given = {**_DEFAULTS, **selection.parameters}
    if given["seed"] < 0 or given["ground"] < 1:
        raise UsageError(f"The query of {of} needs a seed from 0 on and a ground of at least 1 sample.")
    lake.rows(f"create or replace temp table picked ({_PICKED})")
    model, revision = _model(lake, of, str(given["model"]))
    wanted = {name: given[name] for name in ("cost", "datasets", "within", "seed")}
    keep(lake.connection, "candidates", "diverse_candidates", model=model, revision=revision, **wanted)
    try:
        rows = lake.query("select sample_id, cost, embedded from candidates order by lot, sample_id")
        usable = rows.filter(rows["embedded"])
        if not usable.num_rows:
            if rows.num_rows:
                raise UsageError(f"No sample that {of} could take is embedded.", hint="Embed them first: oda embed")
            return ()
        found, spent = _greedy(lake, usable, given, selection.strategy, model=(model, revision), progress=progress)
    finally:
        lake.rows("drop table temp.candidates")
    ids = usable["sample_id"].to_numpy()[found.rows]
    places = np.arange(1, len(ids) + 1)
    worth = pa.array(found.worth, mask=~np.isfinite(found.worth))
    lake.connection.register(
        "arriving_picked", pa.table({"sample_id": ids, "place": places, "worth": worth, "spent": spent})
    )
    lake.rows("insert into temp.picked by name select * from arriving_picked")
    lake.connection.unregister("arriving_picked")
    lost = rows.num_rows - usable.num_rows
    return (
        (f"{lost:,} of {rows.num_rows:,} samples have no embedding or no cost and could not be picked",) if lost else ()
    )


def _greedy(
    lake: Lake,
    usable: pa.Table,
    given: dict[str, Any],
    strategy: str,
    *,
    model: tuple[str, str],
    progress: Progress | None,
) -> tuple[Picked, npt.NDArray[np.float64]]:
    """Which of the usable rows, whose order the seed decides, are picked, and what was spent after each."""
    progress = progress or Silent()
    ids = usable["sample_id"].to_numpy()
    costs = np.asarray(usable["cost"].to_numpy(), dtype=np.float64)
    budget = float(given["budget"])
    progress.start(f"pick by {strategy}", min(len(ids), int(budget / max(costs.mean(), 1e-12))), "samples")
    with unit_vectors(lake, ids, *model) as vectors:
        if strategy == K_CENTER:
            found = k_center(vectors, costs, budget, advance=progress.advance)
        else:
            found = facility_location(
                vectors, costs, budget, ground=given["ground"], seed=given["seed"], lazy=len(ids) <= LAZY_ROWS,
                advance=progress.advance,
            )  # fmt: skip
    progress.finish()
    return found, np.cumsum(costs[found.rows])


def _model(lake: Lake, of: str, wanted: str) -> tuple[str, str]:
    """The model whose vectors are used, with the revision that most have; raises UsageError where it is not clear."""
    known = run(lake.connection, "embedding_models").fetchall()
    names = {str(name): str(revision) for name, revision in known}
    if wanted == "*":
        if len(names) > 1:
            raise UsageError(
                f"There are embeddings of {len(names)} models: {', '.join(names)}.",
                hint=f"Name one of them for {of}: -p model=…",
            )
        return next(iter(names.items()), ("", ""))
    if wanted not in names:
        raise UnknownNameError.of("embedding model", wanted, names)
    return wanted, names[wanted]
