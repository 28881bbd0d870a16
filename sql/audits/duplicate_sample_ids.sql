-- relation: duplicate_sample_ids
-- grain: one row per sample id of the dataset that more than one sample of the lake has
-- inputs: samples
-- audits: samples
-- blocking: true
-- parameter dataset: varchar | dataset audited
select
    sample_id,
    count(*) as samples,
    list(distinct dataset order by dataset) as datasets
from samples
where sample_id in (select sample_id from samples where dataset = $dataset)
group by sample_id
having count(*) > 1
order by sample_id
