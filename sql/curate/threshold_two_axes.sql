-- relation: threshold_two_axes
-- grain: one row per training sample whose values on two axes lie within bounds
-- inputs: samples, datasets, scores
-- parameter first: axis | one axis
-- parameter first_from: double = -inf | smallest value wanted
-- parameter first_to: double = inf | largest value wanted
-- parameter second: axis | the other axis
-- parameter second_from: double = -inf | smallest value wanted
-- parameter second_to: double = inf | largest value wanted
-- parameter datasets: datasets = * | names of datasets to take from, with * and ?
-- column reason | both values
select
    one.sample_id,
    $first || ' ' || one.value::varchar || ', ' || $second || ' ' || two.value::varchar as reason
from scores as one
join scores as two on two.sample_id = one.sample_id and two.axis = $second
join datasets on datasets.dataset = one.dataset and datasets.kind = 'train'
where
    one.axis = $first
    and one.dataset glob $datasets
    and one.value between $first_from and $first_to
    and two.value between $second_from and $second_to
