-- relation: samples_without_identity
-- grain: one row per sample without a content id or an instruction id
-- inputs: samples
-- audits: samples
-- check: faulty_datasets
-- partition: dataset
-- parameter datasets: varchar[] | datasets audited
select
    dataset,
    sample_id,
    content_id,
    instruction_id
from samples
where list_contains($datasets, dataset) and (content_id is null or instruction_id is null)
order by dataset, sample_id
