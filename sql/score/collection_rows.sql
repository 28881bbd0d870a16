-- relation: collection_rows
-- grain: one row per sample of a dataset, with its place in an order that looks random and depends on contents only
-- inputs: samples
-- parameter dataset: varchar | dataset measured
-- column place | from 0; the first m are a random sample of m
with numbered as (
    select
        sample_id,
        content_id,
        row_number() over (partition by content_id order by sample_id) as copy
    from samples
    where dataset = $dataset
)
select
    sample_id,
    row_number() over (order by hash(content_id, copy), content_id, copy) - 1 as place
from numbered
