-- relation: duplicate_sample_ids
-- grain: one row per sample id of the dataset that more than one sample of the lake has
-- inputs: samples
-- audits: samples
-- check: faulty_sample_ids
-- partition: dataset
-- blocking: true
-- parameter datasets: varchar[] | datasets audited
with own as (
    select
        dataset,
        sample_id
    from samples
    where list_contains($datasets, dataset)
)

select
    own.dataset,
    samples.sample_id,
    count(*) as samples,
    list(distinct samples.dataset order by samples.dataset) as datasets
from samples
join (select distinct dataset, sample_id from own) as own using (sample_id)
group by own.dataset, samples.sample_id
having count(*) > 1
order by own.dataset, samples.sample_id
