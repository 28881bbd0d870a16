-- relation: content_keys
-- grain: one row per dataset and rows of equal content
-- inputs: samples
-- parameter most: bigint = 9223372036854775807 | keys kept: those whose hash is at most this
select
    content_id as key,
    sample_id // 4294967296 as dataset_no,
    count(*) as rows
from samples
where hash(content_id) >> 1 <= $most
group by all
