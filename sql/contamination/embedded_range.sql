-- relation: embedded_range
-- grain: one row per sample of a range with a vector
-- inputs: embeddings
-- parameter datasets: varchar[] | datasets looked through
-- parameter low: bigint = 0 | smallest sample id of the range
-- parameter high: bigint = 9223372036854775807 | largest sample id of the range
-- parameter model: varchar | embedding model
-- parameter revision: varchar | revision of the model
select
    sample_id,
    vector
from embeddings
where list_contains($datasets, dataset)
    and sample_id between $low and $high
    and model = $model
    and revision = $revision
    and vector is not null
order by sample_id
