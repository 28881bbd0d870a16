-- relation: sample_pairs
-- grain: one row per pair of samples of two datasets with the same content or the same prompt
-- inputs: samples
-- column alike | content (all texts) or prompt (up to case and white space)
-- Ask for two datasets: `from sample_pairs where dataset = 'a' and other = 'b' limit 5`; both are then filters of a scan.
select
    mine.dataset,
    theirs.dataset as other,
    mine.sample_id,
    theirs.sample_id as other_id,
    if(mine.content_id = theirs.content_id, 'content', 'prompt') as alike,
    mine.instruction,
    mine.response,
    theirs.response as other_response
from samples as mine
join samples as theirs on theirs.instruction_id = mine.instruction_id and theirs.dataset <> mine.dataset
