-- relation: identified_samples
-- grain: one row per sample
-- inputs: samples
-- parameter columns: identifier[] | columns that decide what is derived, beside the content
-- column content_id | hash of the content and these columns: equal where what is derived is
select
    sample_id,
    dataset,
    if(content_id is null, null, md5(json_array(content_id, $columns))::uuid) as content_id
from samples
