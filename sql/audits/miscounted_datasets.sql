-- relation: miscounted_datasets
-- grain: one row for the dataset when its samples or rejects are not as many as its description says
-- inputs: datasets, samples, rejects
-- audits: samples
-- check: faulty_datasets
-- way out: Ingest the dataset again.
-- partition: dataset
-- parameter datasets: varchar[] | datasets audited
with held as (
    select dataset, count(*) as samples from samples where list_contains($datasets, dataset) group by dataset
),

refused as (
    select dataset, count(*) as rejects from rejects where list_contains($datasets, dataset) group by dataset
),

counted as (
    select
        audited.dataset,
        coalesce(held.samples, 0) as samples,
        coalesce(refused.rejects, 0) as rejects
    from (select unnest($datasets) as dataset) as audited
    left join held using (dataset)
    left join refused using (dataset)
)

select
    counted.dataset,
    datasets.rows as rows_described,
    counted.samples,
    datasets.rejected as rejects_described,
    counted.rejects
from counted
left join datasets using (dataset)
where datasets.rows is distinct from counted.samples or datasets.rejected is distinct from counted.rejects
order by counted.dataset
