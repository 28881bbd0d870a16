-- relation: wide_scores
-- grain: one row per scored sample of a range, a column per axis
-- inputs: scores
-- parameter axes: identifier[] | axes that become columns
-- parameter datasets: varchar[] | datasets whose scores they are
-- parameter low: bigint | smallest sample id of the range
-- parameter high: bigint | largest sample id of the range
with long_scores as (
    select sample_id, dataset, axis, value
    from scores
    where list_contains($datasets, dataset) and sample_id between $low and $high
)
from (
    pivot long_scores on axis in ($axes) using max(value) group by sample_id, dataset
)
order by sample_id
