-- relation: wide_prompts
-- grain: one row per dataset: prompts in letters beyond Latin ones
-- inputs: prompt_keys
-- parameter version: varchar | of prompt_keys
select
    sample_id // 4294967296 as dataset_no,
    count(*) filter (wide) as rows
from prompt_keys
where version = $version
group by all
