-- relation: miscounted_datasets
-- grain: one row for the dataset when its samples or rejects are not as many as its description says
-- inputs: datasets, samples, rejects
-- audits: samples
-- parameter dataset: varchar | dataset audited
with counted as (
    select
        (select count(*) from samples where dataset = $dataset) as samples,
        (select count(*) from rejects where dataset = $dataset) as rejects
)

select
    $dataset as dataset,
    datasets.rows as rows_described,
    counted.samples,
    datasets.rejected as rejects_described,
    counted.rejects
from counted
left join datasets on datasets.dataset = $dataset
where datasets.rows is distinct from counted.samples or datasets.rejected is distinct from counted.rejects
