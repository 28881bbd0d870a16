-- relation: contents_of
-- grain: one row per sample
-- inputs: samples
-- parameter samples: bigint[] | sample ids
with wanted as (
    select unnest($samples) as sample_id
)
select samples.sample_id, samples.content_id
from samples
semi join wanted using (sample_id)
