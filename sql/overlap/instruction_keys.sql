-- relation: instruction_keys
-- grain: one row per dataset and rows of equal prompts up to case and white space
-- inputs: samples, prompt_keys
-- parameter least: bigint = 0 | keys kept: those whose hash is from this
-- parameter most: bigint = 9223372036854775807 | to this
-- parameter version: varchar | of prompt_keys
select
    instruction_id as key,
    sample_id // 4294967296 as dataset_no,
    count(*) as rows
from samples
-- An empty prompt says nothing about where a sample comes from. All have keys, and those of no words are the fewest.
anti join (from prompt_keys where version = $version and not words > 0) as silent using (sample_id)
where hash(instruction_id) >> 1 between $least and $most
group by all
