-- relation: shared_leaders
-- grain: one row per pending sample, with the one that is derived for all of equal content
-- inputs: the rows of pending_rows, kept as a temporary table
-- parameter rows: identifier | that table
-- column leader | the smallest pending sample id with this content
select
    sample_id,
    dataset,
    content_id,
    mask,
    if(content_id is null, sample_id, min(sample_id) over (partition by content_id)) as leader
from $rows
