-- relation: answer_part
-- grain: one row per unordered pair of datasets and prompt of a part
-- inputs: answer_parts (temporary)
-- parameter part: bigint | the part
select
    dataset_no,
    other_no,
    sample_id,
    other_id
from answer_parts
where part = $part
