-- relation: runs_keys
-- grain: one row per dataset and kept run of words in prompts, templates left out
-- inputs: prompt_keys, datasets
-- parameter least: bigint = 0 | keys kept: those whose hash is from this
-- parameter most: bigint = 9223372036854775807 | to this
-- parameter version: varchar | of prompt_keys
-- parameter template: double = 0.01 | a run in more of a dataset's rows than this share says nothing of one of them
-- parameter fewest: bigint = 10 | and in more than so many
with held as (
    select
        unnest(runs) as key,
        sample_id // 4294967296 as dataset_no
    from prompt_keys
    where version = $version
)

select
    key,
    dataset_no,
    count(*) as rows
from held
join datasets using (dataset_no)
where hash(key) >> 1 between $least and $most
group by key, dataset_no
having count(*) <= greatest($fewest, $template * any_value(datasets.rows))
