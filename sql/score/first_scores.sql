-- relation: first_scores
-- grain: one row per axis of the first samples of each dataset
-- inputs: samples, scores
-- parameter datasets: varchar[] | datasets looked at
-- parameter axes: varchar[] | axes looked at
-- parameter most: bigint = 3 | samples of a dataset
-- parameter characters: bigint = 40 | of a text
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
    -- Enough to know a sample again: every axis has these rows, and samples show them at length.
    if(length(firsts.instruction) > $characters, left(firsts.instruction, $characters) || '…', firsts.instruction) as instruction,
    if(length(firsts.response) > $characters, left(firsts.response, $characters) || '…', firsts.response) as response
from scores
join firsts using (dataset, sample_id)
where list_contains($datasets, scores.dataset) and list_contains($axes, scores.axis)
order by scores.dataset, scores.axis, scores.sample_id
