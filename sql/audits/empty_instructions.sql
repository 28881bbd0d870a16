-- relation: empty_instructions
-- grain: one row per sample whose instruction is missing or white space
-- inputs: samples
-- audits: samples
-- severity: warn
-- parameter dataset: varchar | dataset audited
select
    sample_id,
    row_no,
    instruction,
    response
from samples
where dataset = $dataset and coalesce(regexp_matches(instruction, '^\s*$'), true)
order by sample_id
