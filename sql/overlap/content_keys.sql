-- relation: content_keys
-- grain: one row per dataset and rows of equal content
-- inputs: samples
-- parameter least: bigint = 0 | keys kept: those whose hash is from this
-- parameter most: bigint = 9223372036854775807 | to this
select
    content_id as key,
    sample_id // 4294967296 as dataset_no,
    count(*) as rows
from samples
where hash(content_id) >> 1 between $least and $most
group by all
