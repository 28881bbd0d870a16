-- relation: many_rejects
-- grain: one row per reason for which rows were rejected, when the dataset lost more rows than allowed
-- inputs: samples, rejects
-- audits: samples
-- way out: Read the relation rejects; correct the source or its mapping, and ingest again.
-- partition: dataset
-- severity: warn
-- parameter datasets: varchar[] | datasets audited
-- parameter allowed: double = 0.01 | largest share of rejected rows
with counted as (
    select
        dataset,
        count(*) filter (sample) as samples,
        count(*) filter (not sample) as rejects
    from (
        select dataset, true as sample from samples where list_contains($datasets, dataset)
        union all
        select dataset, false from rejects where list_contains($datasets, dataset)
    )
    group by dataset
)

select
    rejects.dataset,
    rejects.reason,
    count(*) as rows,
    count(*) / any_value(counted.samples + counted.rejects) as share
from rejects
join counted using (dataset)
where
    list_contains($datasets, rejects.dataset)
    and counted.rejects > $allowed * (counted.samples + counted.rejects)
group by rejects.dataset, rejects.reason
order by rejects.dataset, rows desc, rejects.reason
