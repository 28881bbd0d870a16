-- relation: quantile_band
-- grain: one row per training sample whose value on an axis lies between two quantiles of its dataset
-- inputs: datasets, scores
-- parameter axis: axis | axis
-- parameter low: double = 0.25 | quantile to begin with, 0 to 1
-- parameter high: double = 0.75 | quantile to end with, 0 to 1
-- parameter datasets: datasets = * | names of datasets to take from, with * and ?
-- column reason | value and its place among those of the dataset
with placed as (
    select
        scores.sample_id,
        scores.value,
        cume_dist() over (partition by scores.dataset order by scores.value) as place
    from scores
    join datasets on datasets.dataset = scores.dataset and datasets.kind = 'train'
    where scores.axis = $axis and scores.dataset glob $datasets and scores.value is not null
)

select
    sample_id,
    $axis || ' ' || value::varchar || ', place ' || round(place, 4)::varchar as reason
from placed
where place between $low and $high
