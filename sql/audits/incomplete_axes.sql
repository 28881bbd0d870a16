-- relation: incomplete_axes
-- grain: one row per axis that some samples of the dataset have and others lack
-- inputs: scores, samples
-- audits: scored
-- severity: warn
-- parameter dataset: varchar | dataset audited
with counted as (
    select count(*) as samples from samples where dataset = $dataset
)

select
    scores.axis,
    count(distinct scores.sample_id) as scored,
    any_value(counted.samples) as samples
from scores
cross join counted
where scores.dataset = $dataset
group by scores.axis
having count(distinct scores.sample_id) < any_value(counted.samples)
order by scores.axis
