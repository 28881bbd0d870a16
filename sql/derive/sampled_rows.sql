-- relation: sampled_rows
-- grain: one row per sample of a random sample of a dataset, the same at every call
-- inputs: samples
-- parameter columns: identifier[] | columns of samples that are wanted
-- parameter dataset: varchar | the dataset
-- parameter most: bigint | samples wanted
with chosen as (
    select sample_id
    from samples
    where dataset = $dataset
    order by hash(sample_id), sample_id
    limit $most
)

select sample_id, $columns
from samples
semi join chosen using (sample_id)
where dataset = $dataset
order by sample_id
