"""What another judge says on an axis: read out of its stored answers, whichever judge the scores are of."""

from __future__ import annotations

import pyarrow as pa

from lake.catalog import Lake
from lake.errors import OdaError, UsageError
from lake.relations import run, taken
from pipelines.derivations.judgements import STORED
from scorers.batch import Batch
from scorers.catalogue import Entry


def ratings_of(lake: Lake, axis: str, entry: Entry, judge: str, version: str) -> dict[int, float]:
    """The values of an axis by the answers of a judge, by sample id; asks nothing.

    - version: of the scores that they will be compared with.

    Raises UsageError for an axis that no judge decides or whose scores are that judge's, OdaError where none is stored.
    """
    scorer = entry.scorer
    if not scorer.judged:
        raise UsageError(f"{axis} is not rated by a judge.", hint="Compare it with --against AXIS or --labels FILE.")
    settings = scorer.settings(judge=judge)
    (rows,) = scorer.stored
    kind = rows.kind_of(settings)
    if f"+{STORED.table.name}={kind}@" in version:
        raise UsageError(f"The scores on {axis} are those of {judge}.", hint="Name another judge.").about(judge)
    found = run(lake.connection, "stored_versions", **taken("stored_versions", STORED.columns)).fetchall()
    at = next((stamp for of, stamp, _ in found if of == kind), "")
    given = run(lake.connection, "answers_of_judge", of=kind, at=at).to_arrow_table()
    if not len(given):
        raise OdaError(
            f"{judge} has not rated any sample of the lake on {axis}.",
            hint=f"Ask it: oda score --axes {axis} --option {scorer.name}.judge={judge} ; then score with the compared "
            "judge again, which asks nothing twice.",
        )
    ids, values = given.column("sample_id").to_pylist(), given.column("answer")
    batch = Batch(pa.record_batch({rows.named("answer"): values.combine_chunks()}))
    column = entry.score(batch, settings)[axis]
    return {i: float(value) for i, value, code in zip(ids, column.values, column.codes, strict=True) if not code}
