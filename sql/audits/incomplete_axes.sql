-- relation: incomplete_axes
-- grain: one row per axis that some samples of the dataset have and others lack
-- inputs: scores, samples
-- audits: scored
-- way out: Score what is left with: oda score, or materialise the axis.
-- partition: dataset
-- severity: warn
-- parameter datasets: varchar[] | datasets audited
with counted as (
    select
        dataset,
        count(*) as samples
    from samples
    where list_contains($datasets, dataset)
    group by dataset
)

select
    scores.dataset,
    scores.axis,
    count(distinct scores.sample_id) as scored,
    any_value(counted.samples) as samples
from scores
left join counted using (dataset)
where list_contains($datasets, scores.dataset)
group by scores.dataset, scores.axis
having count(distinct scores.sample_id) < coalesce(any_value(counted.samples), 0)
order by scores.dataset, scores.axis
