-- relation: texts_of
-- grain: one row per sample
-- inputs: samples
-- parameter samples: bigint[] | sample ids
-- column instruction | empty where it has none
-- column response | empty where it has none
with wanted as (
    select unnest($samples) as sample_id
)
select
    samples.sample_id,
    coalesce(samples.instruction, '') as instruction,
    coalesce(samples.response, '') as response
from samples
semi join wanted using (sample_id)
