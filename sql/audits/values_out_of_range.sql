-- relation: values_out_of_range
-- grain: one row per score whose value lies outside the range its axis declares
-- inputs: scores
-- audits: scored
-- check: faulty_scores
-- partition: dataset
-- parameter datasets: varchar[] | datasets audited
-- parameter axes: varchar[] | axes with a declared range
-- parameter minima: double[] | smallest possible value of each axis
-- parameter maxima: double[] | largest possible value of each axis
with declared as (
    select
        unnest($axes) as axis,
        unnest($minima)::float as minimum,
        unnest($maxima)::float as maximum
)

select
    scores.dataset,
    scores.sample_id,
    scores.axis,
    scores.value,
    declared.minimum,
    declared.maximum
from scores
join declared using (axis)
where list_contains($datasets, scores.dataset) and (scores.value < declared.minimum or scores.value > declared.maximum)
order by scores.dataset, scores.sample_id, scores.axis
