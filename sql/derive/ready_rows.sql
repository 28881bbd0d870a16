-- relation: ready_rows
-- grain: one row per sample of a range
-- inputs: samples
-- parameter datasets: varchar[] | datasets looked at
-- parameter low: bigint = 0 | smallest sample id of the range
-- parameter high: bigint = 9223372036854775807 | largest sample id of the range
with chosen as (
    select unnest($datasets) as dataset
)
select sample_id, dataset, content_id
from samples
semi join chosen using (dataset)
where sample_id between $low and $high
