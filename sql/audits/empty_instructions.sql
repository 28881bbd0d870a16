-- relation: empty_instructions
-- grain: one row per sample whose instruction is missing or white space
-- inputs: samples
-- audits: samples
-- partition: dataset
-- severity: warn
-- parameter datasets: varchar[] | datasets audited
select
    dataset,
    sample_id,
    row_no,
    instruction,
    response
from samples
where list_contains($datasets, dataset) and coalesce(regexp_matches(instruction, '^\s*$'), true)
order by dataset, sample_id
