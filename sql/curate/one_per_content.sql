-- relation: one_per_content
-- grain: one row per distinct content among the training samples: the copy with the smallest sample_id
-- inputs: samples, datasets
-- parameter datasets: datasets = * | names of datasets to take from, with * and ?
-- column reason | how many copies it stands for, where there are several
select
    min(samples.sample_id) as sample_id,
    case when count(*) > 1 then 'first of ' || count(*)::varchar || ' copies' end as reason
from samples
join datasets on datasets.dataset = samples.dataset and datasets.kind = 'train'
where samples.dataset glob $datasets
group by samples.content_id
