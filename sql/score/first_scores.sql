-- relation: first_scores
-- grain: one row per axis of the first samples of each dataset
-- inputs: samples, scores
-- parameter datasets: varchar[] | datasets looked at
-- parameter axes: varchar[] | axes looked at
-- parameter most: bigint = 3 | samples of a dataset
with firsts as (
    select
        dataset,
        sample_id,
        instruction,
        response
    from samples
    where list_contains($datasets, dataset)
    qualify row_number() over (partition by dataset order by sample_id) <= $most
)

select
    scores.dataset,
    scores.axis,
    scores.value,
    scores.status,
    scores.detail,
    left(firsts.instruction, 100) as instruction,
    left(firsts.response, 100) as response
from scores
join firsts using (dataset, sample_id)
where list_contains($datasets, scores.dataset) and list_contains($axes, scores.axis)
order by scores.dataset, scores.axis, scores.sample_id
