-- relation: misnumbered_samples
-- grain: one row per sample whose id is not made of the number of its dataset and its row number
-- inputs: samples, datasets
-- audits: samples
-- check: faulty_sample_ids
-- partition: dataset
-- blocking: true
-- parameter datasets: varchar[] | datasets audited
select
    samples.dataset,
    samples.sample_id,
    samples.row_no,
    datasets.dataset_no
from samples
left join datasets on datasets.dataset = samples.dataset
where
    list_contains($datasets, samples.dataset)
    and samples.sample_id is distinct from datasets.dataset_no * 4294967296 + samples.row_no
order by samples.dataset, samples.sample_id
