-- relation: letters_keys
-- grain: one row per dataset and rows whose prompts have the same letters and digits
-- inputs: prompt_keys
-- parameter least: bigint = 0 | keys kept: those whose hash is from this
-- parameter most: bigint = 9223372036854775807 | to this
-- parameter version: varchar | of prompt_keys
-- column sample_id | the first of the rows
select
    letters as key,
    sample_id // 4294967296 as dataset_no,
    count(*) as rows,
    min(sample_id) as sample_id
from prompt_keys
where version = $version and letters is not null and hash(letters) >> 1 between $least and $most
group by all
