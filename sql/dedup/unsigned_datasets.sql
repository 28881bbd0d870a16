-- relation: unsigned_datasets
-- grain: one row per training dataset with samples that have no signature of a view and parameters
-- inputs: datasets, samples, signatures
-- parameter view: varchar | text to sign
-- parameter parameters: varchar | hash of the parameters of signing
-- column samples | samples to sign
with signed as (
    select sample_id
    from signatures
    where "view" = $view and parameters = $parameters
)

select
    datasets.dataset,
    count(*) as samples
from samples
join datasets using (dataset)
anti join signed using (sample_id)
where datasets.kind = 'train'
group by all
order by any_value(datasets.dataset_no)
