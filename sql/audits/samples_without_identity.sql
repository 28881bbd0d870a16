-- relation: samples_without_identity
-- grain: one row per sample without a content id or an instruction id
-- inputs: samples
-- audits: samples
-- parameter dataset: varchar | dataset audited
select
    sample_id,
    content_id,
    instruction_id
from samples
where dataset = $dataset and (content_id is null or instruction_id is null)
order by sample_id
