-- relation: many_rejects
-- grain: one row per reason for which rows were rejected, when the dataset lost more rows than allowed
-- inputs: samples, rejects
-- audits: samples
-- severity: warn
-- parameter dataset: varchar | dataset audited
-- parameter allowed: double = 0.01 | largest share of rejected rows
with counted as (
    select
        (select count(*) from samples where dataset = $dataset) as samples,
        (select count(*) from rejects where dataset = $dataset) as rejects
)

select
    rejects.reason,
    count(*) as rows,
    count(*) / any_value(counted.samples + counted.rejects) as share
from rejects
cross join counted
where rejects.dataset = $dataset and counted.rejects > $allowed * (counted.samples + counted.rejects)
group by rejects.reason
order by rows desc, rejects.reason
